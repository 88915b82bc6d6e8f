"""A few of the faults of `python -m tests.faults`, small: functions killed and answers lost at the worst moments."""

import os
from collections.abc import Iterator

import pytest

from local.stack import LocalStack
from tests.faults.harness import Harness
from tests.faults.scenarios import by_name

pytestmark = pytest.mark.skipif(
    not os.environ.get("FULL_SIZE"), reason="takes minutes a fault; FULL_SIZE=1 runs it, `make faults` runs them all"
)


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    """A stack of its own: its functions go through the gate."""
    with LocalStack(port=0, enforce_iam=True) as stack, Harness(stack) as harness:
        yield harness


@pytest.mark.parametrize(
    "name",
    [
        "plan_campaign killed: write a plan row",
        "send_batch killed: hand the mails to SES",
        "DynamoDB's answers are lost on the sender",
    ],
)
def test_everybody_gets_exactly_one_mail(harness: Harness, name: str) -> None:
    (scenario,) = by_name([name])
    outcome = harness.run(scenario, people=210)
    assert outcome.is_good, outcome
    assert outcome.injected > 0
