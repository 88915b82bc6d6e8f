"""What a stack costs while it rests is bounded, and nothing adds to it unseen."""

import json
from dataclasses import replace

import pytest

from benchmarks.idle import ALARM, BYTES_OF_A_PLACE, MAX_DASHBOARD, SCHEDULE, bill, dashboard_metrics, of_sequences
from benchmarks.prices import ITEM_OVERHEAD
from email_list.aws.place_table import _item
from email_list.sequences.places import Group, Place, Sent
from tests.unit.components.recording import Deployment


def test_a_list_of_ten_thousand_that_sends_nothing_costs_cents(deployment: Deployment) -> None:
    items = bill(deployment)
    assert sum(item.usual for item in items) <= 0.50
    assert sum(item.full for item in items) <= 2.00


def test_sequences_in_which_nobody_waits_cost_what_is_kept_of_those_who_are_through(deployment: Deployment) -> None:
    items = of_sequences(deployment)
    assert {item.name for item in items if item.count} == {"gigabytes of tables", "gigabytes of backups"}
    # docs/sequences.md names both.
    assert round(sum(item.usual for item in items), 4) == 0.002
    assert round(sum(item.full for item in items), 4) == 0.0045


def test_a_place_takes_no_more_room_than_it_is_counted_with() -> None:
    moment, edition = "2026-11-26T12:00:00.000Z", "S" * 26
    sent = tuple(Sent(edition, number, moment) for number in (1001, 1002, 1003))
    place = Place(
        *("a-longer-than-usual.address@example.com", "0" * 26, 12, 3, "l" * 8, moment, moment, Group.FINISHED),
        sent=sent,
    )
    item = _item(place)
    in_the_index = {name: item[name] for name in ("email", "sequence", "place_shard", "at")}
    assert sum(len(json.dumps(each)) + ITEM_OVERHEAD for each in (item, in_the_index)) <= BYTES_OF_A_PLACE


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
