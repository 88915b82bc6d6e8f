"""The desk: creating, showing and steering campaigns."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from email_list.campaigns.campaign import (
    FINAL,
    MOVES,
    Campaign,
    IllegalMoveError,
    Plan,
    Status,
    Tally,
    is_complete,
    is_id,
    moment_of,
    new_id,
    sources,
)
from email_list.campaigns.desk import Wanted
from email_list.campaigns.store import Move
from email_list.clock import iso
from email_list.errors import ConflictError, InvalidError, MalformedError, NotFoundError
from tests.unit.domain.campaign_world import FakeClock, World, people


def world_with(status: Status) -> tuple[World, str]:
    """A campaign in this status."""
    world = World(people(3))
    campaign = world.create(hold=True)
    world.store.move(campaign, {Status.PAUSED}, Move(status, iso(world.clock())))
    return world, campaign


@pytest.mark.parametrize(("start", "target"), list(itertools.product(Status, (Status.PAUSED, Status.CANCELLED))))
def test_the_desk_makes_the_moves_in_the_table_and_refuses_all_others(start: Status, target: Status) -> None:
    world, campaign = world_with(start)
    act = world.desk.pause if target is Status.PAUSED else world.desk.cancel
    if target in MOVES[start]:
        assert act(campaign).status is target
    else:
        with pytest.raises(IllegalMoveError) as refusal:
            act(campaign)
        assert refusal.value.status == 409
        assert refusal.value.details == {"status": start.value}
        assert world.status(campaign) is start


@pytest.mark.parametrize("start", [status for status in Status if status is not Status.PAUSED])
def test_only_a_paused_campaign_is_resumed(start: Status) -> None:
    world, campaign = world_with(start)
    with pytest.raises(IllegalMoveError):
        world.desk.resume(campaign)
    assert not world.starter.invocations


def test_every_status_can_be_reached_and_final_ones_are_left_by_no_move() -> None:
    reached = {Status.SCHEDULED, Status.PLANNING, Status.PAUSED}
    while more := {target for status in reached for target in MOVES[status]} - reached:
        reached |= more
    assert reached == set(Status)
    assert {Status.SENT, Status.CANCELLED, Status.FAILED} == FINAL
    assert sources(Status.SENT) == {Status.SENDING}


def test_a_campaign_that_starts_now_is_planned_at_once() -> None:
    world = World(people(3))
    campaign = world.create()
    assert world.status(campaign) is Status.PLANNING
    assert list(world.starter.invocations) == [(campaign, None)]
    assert list(world.press.templates) == [f"campaign-{campaign}"]


def test_a_held_campaign_waits_for_its_administrator() -> None:
    world = World(people(3))
    campaign = world.create(hold=True)
    world.run(campaign, steps=20)
    assert world.status(campaign) is Status.PAUSED
    world.desk.resume(campaign)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_schedule_for_this_very_moment_is_no_schedule() -> None:
    world = World(people(3))
    campaign = world.create(schedule_at=iso(world.clock()))
    assert world.schedule.moments == {}
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_cancelled_schedule_is_removed() -> None:
    world = World(people(3))
    campaign = world.create(schedule_at=iso(world.clock() + timedelta(days=1)))
    world.desk.cancel(campaign)
    assert world.schedule.moments == {}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"audience": []}, "audience"),
        ({"audience": {"topic": ["cats"]}}, "audience"),
        ({"audience": {"topics": "cats"}}, "audience.topics"),
        ({"audience": {"attributes": {"Bad name": 1}}}, "attributes.Bad name"),
        ({"schedule_at": "tomorrow"}, "schedule_at"),
        ({"schedule_at": 7}, "schedule_at"),
        ({"schedule_at": "2026-12-24T08:00:00"}, "schedule_at"),
        ({"schedule_at": "2026-11-24T08:00:00Z"}, "schedule_at"),
        ({"schedule_at": "2028-11-24T08:00:00Z"}, "schedule_at"),
        ({"hold": "yes"}, "hold"),
        ({"shedule_at": "2026-12-24T08:00:00Z"}, "shedule_at"),
    ],
)
def test_a_wrong_request_is_refused_with_its_field_and_leaves_nothing(request_: dict, field: str) -> None:
    world = World()
    with pytest.raises(InvalidError) as refusal:
        world.create(**request_)
    assert refusal.value.details == {"field": field}
    assert not world.store.campaigns
    assert not world.press.templates


def test_content_that_cannot_be_rendered_is_refused_before_the_campaign_exists() -> None:
    world = World()
    with pytest.raises(InvalidError):
        world.create(body="unrenderable")
    assert not world.store.campaigns
    assert not world.press.templates


def test_a_retry_with_its_key_gets_the_same_campaign_and_sets_it_going_again() -> None:
    world = World(people(3))
    request = {"subject": "News", "body": "Hello."}
    first = world.desk.create(request, "key").campaign
    world.clock.forward(5)
    assert world.desk.create(request, "key").campaign.id == first.id
    assert len(world.store.campaigns) == 1
    world.run(first.id)
    world.assert_exactly_one_mail_each(first.id)


def test_a_retry_after_a_creation_that_broke_off_completes_it() -> None:
    world = World(people(3))
    request = {"subject": "News", "body": "Hello."}
    create = world.store.create

    def broken(campaign: Campaign) -> bool:
        world.store.create = create
        raise RuntimeError("broken off")

    world.store.create = broken
    with pytest.raises(RuntimeError):
        world.desk.create(request, "key")
    campaign = world.desk.create(request, "key").campaign
    world.run(campaign.id)
    world.assert_exactly_one_mail_each(campaign.id)


def test_a_key_that_was_used_for_another_request_is_refused() -> None:
    world = World()
    world.desk.create({"subject": "News", "body": "Hello."}, "key")
    with pytest.raises(ConflictError) as refusal:
        world.desk.create({"subject": "News", "body": "Goodbye."}, "key")
    assert refusal.value.code == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["x" * 201, "with space", "ümlaut"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(InvalidError):
        World().desk.create({"subject": "News", "body": "Hello."}, key)


@pytest.mark.parametrize("campaign", ["", "nothing", "0" * 26, "../../etc"])
def test_a_campaign_that_is_not_there_is_not_found(campaign: str) -> None:
    with pytest.raises(NotFoundError):
        World().desk.get(campaign)


def test_campaigns_are_listed_newest_first_page_by_page() -> None:
    world = World()
    ids = []
    for _ in range(5):
        ids.append(world.create())
        world.clock.forward(1)
    listed, cursor = [], None
    while True:
        page = world.desk.page(2, cursor)
        listed += [campaign["id"] for campaign in page["campaigns"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert listed == ids[::-1]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_listing_has_the_campaigns_that_are_wanted_and_no_others(limit: int) -> None:
    world = World()
    ids = {}
    for subject, hold in (("Spring", False), ("SUMMER fair", True), ("Autumn", True), ("Summer news", False)):
        ids[subject] = world.create(subject=subject, hold=hold)
        world.clock.forward(1)

    def listed(**wanted: Any) -> list[str]:
        found, cursor = [], None
        while True:
            page = world.desk.page(limit, cursor, Wanted(**wanted))
            assert len(page["campaigns"]) <= limit
            found += [campaign["subject"] for campaign in page["campaigns"]]
            if (cursor := page["cursor"]) is None:
                return found

    assert listed(search="summer") == ["Summer news", "SUMMER fair"]
    assert listed(status=Status.PAUSED) == ["Autumn", "SUMMER fair"]
    assert listed(status=Status.PAUSED, search="summer") == ["SUMMER fair"]
    world.desk.cancel(ids["Autumn"])
    world.store.archive(ids["Autumn"], archived=True)
    assert listed() == ["Summer news", "SUMMER fair", "Spring"]
    assert listed(archived=True) == ["Autumn"]


def test_one_page_reads_a_bounded_number_of_campaigns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("email_list.campaigns.desk.CAMPAIGNS_READ", 4)
    world = World()
    wanted = world.create(subject="Wanted")
    for _ in range(9):
        world.clock.forward(1)
        world.create()
    first = world.desk.page(1, None, Wanted(search="wanted"))
    assert first["campaigns"] == []
    second = world.desk.page(1, first["cursor"], Wanted(search="wanted"))
    third = world.desk.page(1, second["cursor"], Wanted(search="wanted"))
    assert [campaign["id"] for campaign in third["campaigns"]] == [wanted]


@pytest.mark.parametrize("limit", [1, 7, 10, 1000])
def test_recipients_are_read_page_by_page_in_the_order_of_the_plan(limit: int) -> None:
    world = World(people(25))
    campaign = world.create()
    world.run(campaign)
    found, cursor = [], None
    while True:
        page = world.desk.recipients(campaign, "sent", limit, cursor)
        assert len(page["recipients"]) <= limit
        found += [person["email"] for person in page["recipients"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert found == [person.email for person in people(25)]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJ4IiwieSJd"])
def test_a_cursor_that_no_listing_gave_out_is_refused(cursor: str) -> None:
    world = World(people(3))
    campaign = world.create()
    world.plan()
    with pytest.raises(MalformedError):
        world.desk.recipients(campaign, None, 10, cursor)


def test_a_group_that_does_not_exist_is_refused() -> None:
    world = World()
    with pytest.raises(InvalidError):
        world.desk.recipients(world.create(), "everybody", 10, None)


def test_progress_tells_the_rate_and_when_it_will_be_over() -> None:
    world = World(people(200))
    campaign = world.create()
    assert world.desk.progress(world.desk.get(campaign)) == {"rate_per_second": 100, "estimated_end": None}
    world.plan()
    progress = world.desk.progress(world.desk.get(campaign))
    assert progress["estimated_end"] == iso(world.clock() + timedelta(seconds=2))
    world.run(campaign)
    assert world.desk.progress(world.desk.get(campaign)) == {"rate_per_second": None, "estimated_end": None}


def test_ids_sort_by_time_and_differ_within_a_moment() -> None:
    clock = FakeClock()
    ids = []
    for _ in range(50):
        ids.append(new_id(clock()))
        clock.forward(0.001)
    assert ids == sorted(ids)
    assert all(is_id(one) for one in ids)
    assert len({new_id(clock()) for _ in range(100)}) == 100
    assert moment_of(new_id(clock())) == clock()


@pytest.mark.parametrize(
    ("plan", "tally", "complete"),
    [
        (Plan(complete=True), Tally(), True),
        (Plan(), Tally(), False),
        (Plan(batches=2, people=3, complete=True), Tally(sent=1, failed=1, skipped=1, batches=2), True),
        (Plan(batches=2, people=3, complete=True), Tally(sent=3, batches=1), False),
        (Plan(batches=2, people=3, complete=True), Tally(sent=2, batches=2), False),
        (Plan(batches=2, people=3, complete=False), Tally(sent=3, batches=2), False),
    ],
)
def test_a_campaign_is_complete_when_the_sums_agree(plan: Plan, tally: Tally, complete: bool) -> None:
    campaign = Campaign("C1", Status.SENDING, "News", "", "", plan=plan)
    assert is_complete(campaign, tally) is complete
