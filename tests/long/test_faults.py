"""The faults of `python -m tests.faults` in one small campaign: functions killed, answers lost at the worst moments."""

from collections.abc import Iterator

import pytest

from local.stack import LocalStack
from tests.faults.harness import Harness
from tests.faults.scenarios import EVERYTHING, EVERYTHING_OF_A_SEQUENCE
from tests.local.conftest import private_stack


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    with private_stack({}) as running:
        yield running


def test_everybody_gets_exactly_one_email_while_everything_fails(stack: LocalStack) -> None:
    with Harness(stack, redelivery=10, grace=5) as harness:
        outcome = harness.run(EVERYTHING, people=210)
    assert outcome.is_good, outcome
    assert outcome.injected >= 8


def test_everybody_gets_each_email_of_a_sequence_exactly_once_while_everything_fails(stack: LocalStack) -> None:
    with Harness(stack, redelivery=10, grace=5) as harness:
        outcome = harness.run(EVERYTHING_OF_A_SEQUENCE, people=210)
    assert outcome.is_good, outcome
    assert outcome.injected >= 8
