"""The local stack that all end-to-end tests share: brought up once, removed at the end."""

import time
from collections.abc import Generator, Iterator

import pytest

from local.stack import LocalStack
from tests.local.leaks import assert_logs_are_private


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """The whole product, running. ``stack.outputs`` are what ``python -m local up --outputs`` writes.

    Tests share it: use addresses of your own, and look only at mails to them. Functions have only the rights
    of their roles, so a missing permission fails here and not on AWS. Use ``stack.cloud.client`` for AWS calls.
    When all tests are done, the functions must have logged nobody's address and no token.
    """
    with LocalStack(port=0, enforce_iam=True) as running:
        yield running
        assert_logs_are_private(running)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failed test what the functions logged while it ran."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(stack, LocalStack):
        since = time.time() - (call.stop - call.start)
        report.sections.append(("function logs", stack.function_logs(since)))
        report.sections.append(("emulator", stack.emulator.log[-5000:]))
    return report
