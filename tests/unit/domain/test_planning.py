"""Planning: who is in a campaign, cut into batches that are the same no matter who cuts them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from email_list.campaigns.campaign import Campaign, Position, ReasonCode, Status
from email_list.campaigns.ledger import Batch, PlannedBatch
from email_list.campaigns.planning import WalkPage
from email_list.campaigns.sweeping import LINGERS
from email_list.clock import iso
from email_list.people.subscribers import Status as SubscriberStatus
from tests.unit.domain.campaign_world import LATENESS, NEVER, Crash, World, people


def planned(world: World, campaign: str) -> list[str]:
    """Everybody in the plan, row by row."""
    rows = sorted((number, row) for (owner, number), row in world.store.plans.items() if owner == campaign)
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1)), "rows are numbered without a gap"
    return [email for _, row in rows for email in row.recipients]


def after_calls(count: int) -> Callable[[], bool]:
    """A clock that says that time is up at its `count`th look."""
    left = [count]

    def out_of_time() -> bool:
        left[0] -= 1
        return left[0] <= 0

    return out_of_time


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25, 200, 215])
def test_everybody_is_planned_once_in_the_order_in_which_they_joined(count: int) -> None:
    world = World(people(count))
    campaign = world.create()
    world.plan()
    plan = world.store.campaigns[campaign].plan
    assert planned(world, campaign) == [person.email for person in people(count)]
    assert (plan.people, plan.batches, plan.complete) == (count, -(-count // 10), True)


def test_only_active_people_are_planned() -> None:
    world = World(people(5))
    for number, status in enumerate(status for status in SubscriberStatus if status is not SubscriberStatus.ACTIVE):
        world.people.change(f"person{number:05d}@example.com", status=status)
    campaign = world.create()
    world.plan()
    assert planned(world, campaign) == ["person00004@example.com"]


@pytest.mark.parametrize(
    ("audience", "numbers"),
    [
        ({"topics": ["cats"]}, [0, 3, 6, 9]),
        ({"topics": ["cats", "dogs"]}, [0, 1, 3, 4, 6, 7, 9]),
        ({"attributes": {"member": True}}, [0, 5]),
        ({"attributes": {"member": 1}}, []),
        ({"topics": ["cats"], "attributes": {"member": True}}, [0]),
        ({"topics": [], "attributes": {}}, list(range(10))),
    ],
)
def test_an_audience_chooses_by_topics_and_attributes(audience: dict, numbers: list[int]) -> None:
    listed = [
        replace(person, topics=(["cats", "dogs", "birds"][number % 3],), attributes={"member": number % 5 == 0})
        for number, person in enumerate(people(10))
    ]
    world = World(listed)
    campaign = world.create(audience=audience)
    world.plan()
    assert planned(world, campaign) == [listed[number].email for number in numbers]


@settings(deadline=None)  # a busy machine is no failure
@given(looks=st.integers(1, 12), size=st.integers(1, 13), count=st.integers(0, 60))
def test_a_planner_whose_time_is_up_goes_on_in_another_invocation(looks: int, size: int, count: int) -> None:
    world = World(people(count), batch_size=size)
    campaign = world.create()
    for _ in range(200):
        if world.store.campaigns[campaign].plan.complete:
            break
        world.planner.plan(campaign, after_calls(looks))
    assert planned(world, campaign) == [person.email for person in people(count)]
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_sparse_audience_is_walked_to_its_end_though_time_is_always_up() -> None:
    listed = people(100)
    listed[-1] = replace(listed[-1], topics=("rare",))
    world = World(listed)
    campaign = world.create(audience={"topics": ["rare"]})
    invocations = 1
    while world.planner.plan(campaign, lambda: True):
        invocations += 1
    assert planned(world, campaign) == [listed[-1].email]
    assert invocations > 2


def test_anyone_who_leaves_and_returns_while_it_is_planned_is_met_once() -> None:
    world = World(people(30))
    campaign = world.create()
    walk = world.people.walk

    def walk_while_someone_returns(after: Position | None, cutoff: str, reads: frozenset[str]) -> WalkPage:
        page = walk(after, cutoff, reads)
        world.clock.forward(1)
        world.people.change("person00002@example.com", subscribed_date=iso(world.clock()))
        return page

    world.people.walk = walk_while_someone_returns
    world.plan()
    assert planned(world, campaign).count("person00002@example.com") == 1


def test_a_planner_that_meets_other_rows_than_its_own_goes_on_from_their_end() -> None:
    world = World(people(30))
    campaign = world.create()
    add = world.store.add_plan_rows

    def add_after_another_planner(campaign_id: str, rows: Sequence[PlannedBatch]) -> Sequence[PlannedBatch]:
        second = next((row for row in rows if row.number == 2), None)
        if second and not second.last:
            mine = tuple(second.recipients)
            end = Position(world.people.by_email[mine[3]].subscribed_date, mine[3])
            add(campaign_id, [replace(second, recipients=mine[:4], end=end)])
        return add(campaign_id, rows)

    world.store.add_plan_rows = add_after_another_planner
    world.plan()
    assert planned(world, campaign) == [person.email for person in people(30)]
    assert world.store.campaigns[campaign].plan.people == 30


def test_a_campaign_is_planned_no_earlier_than_it_is_due() -> None:
    world = World(people(3))
    campaign = world.create(schedule_at=iso(world.clock() + timedelta(hours=2)))
    assert world.schedule.moments[campaign] == world.clock() + timedelta(hours=2)
    assert world.planner.plan(campaign, NEVER) is False
    assert world.status(campaign) is Status.SCHEDULED
    world.clock.forward(2 * 3600)
    world.planner.plan(campaign, NEVER)
    assert world.status(campaign) is Status.SENDING


def test_a_schedule_that_fires_too_late_is_refused_with_the_reason() -> None:
    world = World(people(3))
    campaign = world.create(schedule_at=iso(world.clock() + timedelta(hours=2)))
    world.clock.forward(2 * 3600 + LATENESS.total_seconds() + 1)
    world.planner.plan(campaign, NEVER)
    failed = world.store.campaigns[campaign]
    assert failed.status is Status.FAILED
    assert failed.reason
    assert failed.reason.code is ReasonCode.TOO_LATE
    assert not world.store.plans


def test_a_schedule_that_does_not_fire_is_started_by_the_sweeper() -> None:
    world = World(people(3))
    campaign = world.create(schedule_at=iso(world.clock() + timedelta(hours=2)))
    world.clock.forward(2 * 3600 + 120)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_planner_that_was_never_started_is_started_by_the_sweeper() -> None:
    world = World(people(30))
    campaign = world.create()
    world.starter.invocations.clear()
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_messages_that_were_lost_are_handed_over_again_by_the_sweeper() -> None:
    world = World(people(30))
    campaign = world.create()
    world.plan()
    del world.queue.messages[::2]
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_the_sweeper_leaves_a_campaign_alone_that_makes_progress() -> None:
    world = World(people(30))
    world.create()
    world.plan()
    before = list(world.queue.messages)
    world.clock.forward(5)
    world.sweeper.sweep(NEVER)
    assert world.queue.messages == before
    assert not world.starter.invocations


def test_what_is_over_loses_its_template_an_hour_later_and_is_forgotten() -> None:
    world = World(people(3))
    world.run(world.create())
    world.clock.forward(LINGERS.total_seconds() - 60)
    world.sweeper.sweep(NEVER)
    assert len(world.press.templates) == len(world.store.unfinished()) == 1
    world.clock.forward(60)
    world.sweeper.sweep(NEVER)
    assert world.press.templates == {}
    assert world.store.unfinished() == []


@pytest.mark.parametrize("ends", ["cancelled", "failed"])
def test_what_ended_otherwise_loses_its_template_as_well(ends: str) -> None:
    world = World(people(3))
    campaign = world.create(schedule_at=iso(world.clock() + timedelta(minutes=5)))
    if ends == "cancelled":
        world.desk.cancel(campaign)
    else:
        world.clock.forward((LATENESS + timedelta(minutes=6)).total_seconds())
        world.starter.start(campaign)
        world.plan()
    assert world.status(campaign).value == ends
    world.clock.forward(LINGERS.total_seconds())
    world.sweeper.sweep(NEVER)
    assert (world.press.templates, world.store.unfinished()) == ({}, [])


@pytest.mark.parametrize("stands", ["scheduled", "paused", "planning", "sending"])
def test_what_may_still_send_keeps_its_template_however_long_it_takes(stands: str) -> None:
    world = World(people(30))
    later = {"schedule_at": iso(world.clock() + timedelta(days=300))} if stands == "scheduled" else {}
    campaign = world.create(**later, hold=stands == "paused")
    if stands == "sending":
        world.plan()
    assert world.status(campaign).value == stands
    for _ in range(3):
        world.clock.forward(LINGERS.total_seconds() * 24)
        world.sweeper.sweep(NEVER)
    assert len(world.press.templates) == len(world.store.unfinished()) == 1
    assert world.status(campaign).value == stands


def test_a_template_that_cannot_be_deleted_now_is_deleted_by_a_later_sweep() -> None:
    world = World(people(3))
    world.run(world.create())
    world.clock.forward(LINGERS.total_seconds())
    for moment in ("before", "after"):
        world.faults.at, world.faults.moment = world.faults.calls + 3, moment
        with pytest.raises(Crash, match="discard"):
            world.sweeper.sweep(NEVER)
        assert len(world.store.unfinished()) == 1
    world.faults.at = None
    world.sweeper.sweep(NEVER)
    assert (world.press.templates, world.store.unfinished()) == ({}, [])


def test_the_template_of_a_campaign_that_was_never_stored_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(people(3))
    with monkeypatch.context() as dying:
        dying.setattr(world.store, "create", lambda campaign: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.create()
    world.sweeper.sweep(NEVER)
    assert len(world.press.templates) == len(world.store.unfinished()) == 1
    world.clock.forward(LINGERS.total_seconds())
    world.sweeper.sweep(NEVER)
    assert (world.press.templates, world.store.unfinished()) == ({}, [])


def test_one_campaign_that_cannot_be_swept_does_not_keep_the_others_waiting() -> None:
    world = World(people(3))
    first, second = world.create(), world.create()
    world.starter.invocations.clear()
    world.clock.forward(3600)
    get = world.store.get

    def get_but(campaign_id: str) -> Campaign | None:
        if campaign_id == first:
            raise RuntimeError("broken")
        return get(campaign_id)

    world.store.get = get_but
    with pytest.raises(RuntimeError):
        world.sweeper.sweep(NEVER)
    assert [campaign for campaign, _ in world.starter.invocations] == [second]


def test_a_sweep_that_runs_out_of_time_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("email_list.campaigns.handover.ROWS_AT_ONCE", 2)
    world = World(people(200))
    campaign = world.create()
    world.plan()
    rows = world.store.campaigns[campaign].plan.rows
    for number in range(1, rows + 1):
        planned = world.store.plans[campaign, number]
        claimed = Batch.untouched(planned).claimed("worker that died", iso(world.clock()))
        world.store.save(campaign, Batch.untouched(planned), claimed, iso(world.clock()))
    world.clock.forward(3600)
    world.queue.messages.clear()
    monkeypatch.setattr(world.queue, "is_idle", lambda: False)
    looked_at = [world.store.swept_to(campaign)]
    while len(looked_at) == 1 or looked_at[-1] != 1:
        world.sweeper.sweep(lambda: True)
        looked_at.append(world.store.swept_to(campaign))
    assert looked_at == [*range(1, rows + 1, 2), 1]
    assert [number for _, _, number in world.queue.messages] == list(range(1, rows + 1))
