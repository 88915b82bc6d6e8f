"""`python -m tests.faults [--people N] [WORD...]`: every fault, or those whose names hold a word."""

import argparse
import sys
import time

from local.stack import LocalStack
from tests.faults.harness import Harness, Outcome
from tests.faults.scenarios import by_name

CONFIG = {"deliveryEvents": "false"}
"""Send events matter here; half as many events are through in half the time."""

WIDTHS = (62, 9, 12, 6, 9, 9)
HEADINGS = ("fault", "injected", "duplicates", "lost", "campaign", "seconds")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="recipients of each campaign (default: 2000)")
    parser.add_argument("words", nargs="*", help="run only the faults whose names hold one of these")
    arguments = parser.parse_args()
    scenarios = by_name(arguments.words)
    if not scenarios:
        parser.error("no fault has such a name")
    started = time.monotonic()
    outcomes: list[Outcome] = []
    with LocalStack(port=0, config=CONFIG, enforce_iam=True) as stack, Harness(stack) as harness:
        _print(*HEADINGS)
        for scenario in scenarios:
            outcome = harness.run(scenario, arguments.people)
            outcomes.append(outcome)
            _print(scenario.name, *outcome.figures())
    good = sum(outcome.is_good for outcome in outcomes)
    print(f"\n{good} passed, {len(outcomes) - good} failed in {time.monotonic() - started:.0f} s")
    return 0 if good == len(outcomes) else 1


def _print(*cells: object) -> None:
    print("".join(f"{cell!s:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
