"""What a failed test shows besides its traceback."""

import time
from collections.abc import Generator

import pytest


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
