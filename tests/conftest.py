"""What all tests share: what a failed one shows besides its traceback, and the patience of property tests."""

import time
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failed test what the functions logged while it ran."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and hasattr(stack, "function_logs"):
        since = time.time() - (call.stop - call.start)
        report.sections.append(("function logs", stack.function_logs(since)))
        report.sections.append(("emulator", stack.emulator.log[-5000:]))
    return report
