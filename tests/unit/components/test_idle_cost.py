"""What a stack costs while it rests is bounded, and nothing adds to it unseen."""

from dataclasses import replace

import pytest

from benchmarks.idle import ALARM, MAX_DASHBOARD, SCHEDULE, bill, dashboard_metrics
from tests.unit.components.recording import Deployment


def test_a_list_of_ten_thousand_that_sends_nothing_costs_cents(deployment: Deployment) -> None:
    items = bill(deployment)
    assert sum(item.usual for item in items) <= 0.50
    assert sum(item.full for item in items) <= 2.00


def test_a_stack_has_few_alarms(deployment: Deployment) -> None:
    assert len(deployment.all(ALARM)) <= 12


def test_the_dashboard_is_one_of_the_free_ones(deployment: Deployment) -> None:
    assert dashboard_metrics(deployment) <= MAX_DASHBOARD


def test_each_thing_that_costs_is_counted(deployment: Deployment) -> None:
    costs = {item.name: item for item in bill(deployment)}
    assert costs["alarms"].full == pytest.approx(0.10 * len(deployment.all(ALARM)))
    # Five pollers for each of the queues of batches and events, two for sign-ups, imports and erasures; each asks every
    # 20 seconds.
    assert costs["polls of queues"].count == pytest.approx(16 * 131_400)
    assert costs["polls of queues"].usual == pytest.approx((16 * 131_400 - 1_000_000) * 0.40 / 1_000_000)
    assert 0 < costs["scheduled starts"].full < 0.02
    assert 0 < costs["gigabyte-seconds"].full < 0.05


def test_a_type_of_which_nobody_has_said_what_it_costs_is_an_error(deployment: Deployment) -> None:
    stranger = replace(deployment.resources[-1], type="aws:ec2/natGateway:NatGateway")
    with pytest.raises(ValueError, match="what aws:ec2/natGateway:NatGateway costs"):
        bill(Deployment([*deployment.resources, stranger]))


def test_one_more_schedule_or_queue_costs_more(deployment: Deployment) -> None:
    (schedule, *_) = deployment.all(SCHEDULE)
    before = sum(item.full for item in bill(deployment))
    assert sum(item.full for item in bill(Deployment([*deployment.resources, schedule]))) > before
