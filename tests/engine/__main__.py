"""`python -m tests.engine [PYTEST ARGUMENTS]`: the scenarios with their seconds; FULL=1 runs the long ones too."""

import sys
import time
from pathlib import Path

import pytest

from tests.engine.cli import Unavailable, find

FOLDER = Path(__file__).parent


class Scenarios:
    """Notes what each test is about and how long it took, its share of what is prepared for several included."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed.add(report.nodeid)


def main(options: list[str]) -> int:
    try:
        pulumi = find()
    except Unavailable as reason:
        print(f"make engine: nothing was run, since {reason}")
        return 0
    started, scenarios = time.monotonic(), Scenarios()
    status = pytest.main(["--tb=short", *(options or [str(FOLDER)])], plugins=[scenarios])
    print()
    for test, seconds in scenarios.seconds.items():
        mark = "FAILED" if test in scenarios.failed else f"{seconds:.0f} s"
        print(f"{mark:>7}  {_sentence(test)}")
    print(f"{len(scenarios.seconds)} scenarios, {time.monotonic() - started:.0f} s, Pulumi {pulumi.version}")
    return int(status)


def _sentence(test: str) -> str:
    """`test_that.py::test_it_works[case]` as words."""
    name, _, case = test.rpartition("::")[2].partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    return f"{words}: {case.rstrip(']')}" if case else words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
