"""What all tests share: what a failed one shows besides its traceback, patience, and names of their own."""

import gc
import time
from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """Leave all that is loaded out of the garbage collector's rounds, and let those be rare: of the time that the unit
    tests took, every eighth second went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failed test what the functions logged while it ran."""
    report = yield
    stacks = {id(value): value for value in getattr(item, "funcargs", {}).values() if hasattr(value, "function_logs")}
    for stack in stacks.values() if report.failed else ():
        since = time.time() - (call.stop - call.start)
        report.sections.append(("function logs", stack.function_logs(since)))
        report.sections.append(("emulator", stack.emulator.log[-5000:]))
    return report


TOGETHER = {f"tests/local/test_{name}.py" for name in ("a_life", "doors", "webhooks")}
"""Files whose stack (`whole_list`) starts once if they run in one process."""


class _ByStack(LoadFileScheduling):
    """Hands out files one by one, but those that share a stack of their own together."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "together" if file in TOGETHER else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return _ByStack(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(ids: Sequence[str]) -> None:
    """Refuse to distribute tests that share a name: pytest-xdist runs one test per name, and drops the others unseen.

    schemathesis, for one, gives all cases of a test one name; such tests run in one process (`make test-long`).
    """
    shared = [name for name, count in Counter(ids).items() if count > 1]
    if shared:
        pytest.exit(f"pytest-xdist would run only one of the tests named {', '.join(shared[:3])}", returncode=1)
