"""Sequences: who enters, what comes next, and that each email is sent at most once and, to those who stay, at least
once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from email_list.campaigns.campaign import ReasonCode
from email_list.campaigns.sending import Answer, Reply, Tagged
from email_list.clock import iso
from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.people.subscribers import VOUCHED, Status
from email_list.sequences.desk import continued_steps
from email_list.sequences.places import Group
from email_list.sequences.sequence import Status as Running
from email_list.sequences.sequence import Step, Wait, read
from email_list.sequences.timing import due
from tests.unit.domain.campaign_world import Crash, Faults
from tests.unit.domain.sequence_world import RUN_SECONDS, TOPICS, SequenceWorld, steps

ANN, BOB = "ann@example.com", "bob@example.com"
BERLIN = ZoneInfo("Europe/Berlin")
NOW, A_DAY, A_MINUTE = {"days": 0}, {"days": 1}, {"minutes": 1}
ALL = ["Step 1", "Step 2", "Step 3"]


@pytest.fixture
def world() -> SequenceWorld:
    return SequenceWorld()


# When a step is due


@pytest.mark.parametrize(
    ("wait", "since", "expected"),
    [
        (Wait(), "2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        (Wait(minutes=30), "2026-11-24T10:00:00Z", "2026-11-24T10:30:00Z"),
        (Wait(days=3), "2026-11-24T10:00:00Z", "2026-11-27T10:00:00Z"),
        # Berlin is at UTC+1 in winter: 10:00 there has passed, 12:00 has not.
        (Wait(at="10:00"), "2026-11-24T10:00:00Z", "2026-11-25T09:00:00Z"),
        (Wait(at="12:00"), "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z"),
        (Wait(at="11:00"), "2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        # The day after, whatever time of day it was.
        (Wait(days=1, at="09:00"), "2026-11-24T20:00:00Z", "2026-11-25T08:00:00Z"),
        (Wait(days=1, at="09:00"), "2026-11-24T05:00:00Z", "2026-11-25T08:00:00Z"),
        # 23:30 UTC is the next day in Berlin.
        (Wait(days=1, at="09:00"), "2026-11-24T23:30:00Z", "2026-11-26T08:00:00Z"),
        (Wait(hours=20, at="09:00"), "2026-11-24T20:00:00Z", "2026-11-26T08:00:00Z"),
        # The clocks go forward on 28 March 2027 and back on 31 October 2027.
        (Wait(days=1), "2027-03-27T09:00:00Z", "2027-03-28T08:00:00Z"),
        (Wait(hours=23, minutes=59), "2027-03-27T09:00:00Z", "2027-03-28T08:59:00Z"),
        (Wait(days=1), "2027-10-30T09:00:00Z", "2027-10-31T10:00:00Z"),
        (Wait(days=2, at="09:00"), "2027-03-27T09:00:00Z", "2027-03-29T07:00:00Z"),
        # 02:30 does not exist on the first of these days, and exists twice on the second.
        (Wait(days=1, at="02:30"), "2027-03-27T09:00:00Z", "2027-03-28T01:30:00Z"),
        (Wait(days=1, at="02:30"), "2027-10-30T09:00:00Z", "2027-10-31T00:30:00Z"),
    ],
)
def test_a_step_is_due_by_the_clocks_of_the_list(wait: Wait, since: str, expected: str) -> None:
    assert due(wait, since, BERLIN) == datetime.fromisoformat(expected)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
TIMES = st.none() | st.times().map(lambda time: time.isoformat(timespec="minutes"))
WAITS = st.builds(Wait, st.integers(0, 400), st.integers(0, 23), st.integers(0, 59), TIMES)


@given(WAITS, MOMENTS, st.sampled_from([UTC, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Santiago")]))
def test_no_step_is_due_before_its_wait_is_over_or_much_later(wait: Wait, since: datetime, zone: Any) -> None:
    moment = due(wait, iso(since), zone)
    since = datetime.fromisoformat(iso(since))
    span = timedelta(days=wait.days, hours=wait.hours, minutes=wait.minutes)
    changes = timedelta(hours=1)  # of the clocks
    early = timedelta(days=1) if wait.at and wait.days else timedelta()
    late = timedelta(days=1) if wait.at else timedelta()
    assert moment >= since
    assert span - early - changes <= moment - since <= span + late + changes
    if wait.at:
        local = moment.astimezone(zone)
        skipped = local.replace(fold=0).utcoffset() != (local - timedelta(hours=2)).utcoffset()
        assert local.isoformat()[11:16] == wait.at or skipped


@pytest.mark.parametrize("begin", ["2027-03-26T12:00:00+00:00", "2027-10-29T12:00:00+00:00"])
def test_a_series_comes_at_nine_although_the_clocks_change_in_the_middle_of_it(begin: str) -> None:
    world = SequenceWorld(zone=BERLIN)
    world.clock.now = datetime.fromisoformat(begin)
    world.active(*[{"days": 1, "at": "09:00"}] * 4)
    world.confirm(ANN)
    world.forward(days=5)
    local = [datetime.fromtimestamp(moment, BERLIN) for moment, _ in world.ses.moments]
    assert [f"{moment:%H:%M}" for moment in local] == ["09:00"] * 4
    assert [(second.date() - first.date()).days for first, second in pairwise(local)] == [1, 1, 1]


# Who enters


def test_anyone_who_confirms_gets_the_steps_one_after_another(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY, {"days": 2})
    world.confirm(ANN)
    world.forward(minutes=2)
    assert world.mails(ANN) == ["Step 1"]
    world.forward(hours=23)
    assert world.mails(ANN) == ["Step 1"]
    world.forward(hours=2)
    assert world.mails(ANN) == ["Step 1", "Step 2"]
    world.forward(days=3)
    assert world.mails(ANN) == ALL
    assert world.group(sequence, ANN) is Group.FINISHED
    world.assert_sums_agree(sequence)


@pytest.mark.parametrize(
    ("trigger", "how", "enters"),
    [
        ({"on": "confirmed"}, "confirm", True),
        ({"on": "confirmed"}, "add", False),
        ({"on": "added"}, "confirm", False),
        ({"on": "added"}, "add", True),
        ({"on": "topic", "topic": "News"}, "confirm", True),
        ({"on": "topic", "topic": "Events"}, "confirm", False),
        ({"on": "topic", "topic": "News"}, "add", True),
    ],
)
def test_a_trigger_takes_those_it_names(world: SequenceWorld, trigger: Any, how: str, enters: bool) -> None:
    world.active(NOW, on=trigger)
    getattr(world, how)(ANN, topics=("News",))
    world.forward(minutes=2)
    assert world.mails(ANN) == (["Step 1"] if enters else [])


def test_anyone_an_administrator_adds_was_added_and_anyone_who_signs_up_without_confirming_was_not(
    world: SequenceWorld,
) -> None:
    world.active(NOW, on={"on": "added"})
    for email, wording in ((ANN, VOUCHED), (BOB, "I want this")):
        person = world._person(email, Status.ACTIVE, "subscribed", consent={"subscribed": {"wording": wording}})
        world._change(person)
    world.forward(minutes=2)
    assert (world.mails(ANN), world.mails(BOB)) == (["Step 1"], [])


def test_a_topic_chosen_later_lets_in(world: SequenceWorld) -> None:
    world.active(NOW, on={"on": "topic", "topic": "Events"})
    world.confirm(ANN, topics=("News",))
    world.edit_person(ANN, topics=("News", "Events"))
    world.edit_person(ANN, name="Ann")
    world.forward(minutes=2)
    assert world.mails(ANN) == ["Step 1"]


def test_a_filter_leaves_others_out(world: SequenceWorld) -> None:
    world.active(NOW, filter={"attribute": "city", "is": "Berlin"})
    world.confirm(ANN, attributes={"city": "berlin"})
    world.confirm(BOB)
    world.forward(minutes=2)
    assert (world.mails(ANN), world.mails(BOB)) == (["Step 1"], [])


def test_nobody_enters_a_draft(world: SequenceWorld) -> None:
    world.desk.create({"name": "Series", "trigger": {"on": "confirmed"}, "steps": steps(NOW)})
    world.confirm(ANN)
    world.forward(minutes=2)
    assert world.places.places == {}


def test_nobody_enters_twice(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY)
    world.confirm(ANN)
    world.forward(minutes=2)
    world.leave(ANN)
    assert world.group(sequence, ANN) is Group.LEFT
    world.confirm(ANN)
    world.tell(None, world.people.by_email[ANN], ANN)
    world.forward(days=3)
    assert world.mails(ANN) == ["Step 1"]
    world.assert_sums_agree(sequence)


def test_nothing_wakes_while_nobody_is_inside(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY)
    world.forward(days=1)
    assert world.alarm.set_for == set()
    world.confirm(ANN)
    world.forward(days=3)
    assert world.group(sequence, ANN) is Group.FINISHED
    assert world.alarm.set_for == set()
    calls = world.alarm.calls
    world.forward(days=300)
    assert world.alarm.calls == calls


# What ends it


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED])
@pytest.mark.parametrize("told", [True, False])
def test_anyone_who_is_not_on_the_list_any_more_leaves(world: SequenceWorld, status: Status, told: bool) -> None:
    sequence = world.active(NOW, A_DAY)
    world.confirm(ANN, BOB)
    world.forward(minutes=2)
    world.leave(ANN, status, told=told)
    world.forward(days=2)
    assert (world.mails(ANN), world.mails(BOB)) == (["Step 1"], ["Step 1", "Step 2"])
    (place,) = world.places.of(ANN)
    assert (place.group, place.reason) == (Group.LEFT, status.value)
    world.assert_sums_agree(sequence)


def test_anyone_who_is_erased_leaves_no_trace(world: SequenceWorld) -> None:
    world.active(NOW, A_DAY)
    world.confirm(ANN)
    world.forward(minutes=2)
    world.erase(ANN)
    world.forward(days=2)
    assert world.mails(ANN) == ["Step 1"]
    assert world.places.of(ANN) == []


def test_the_exit_lets_out_before_the_next_step(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY, A_DAY, exit={"attribute": "customer", "is": True})
    world.confirm(ANN, BOB)
    world.forward(minutes=2)
    world.edit_person(ANN, attributes={"customer": True})
    world.forward(days=3)
    assert (world.mails(ANN), world.mails(BOB)) == (["Step 1"], ALL)
    assert world.group(sequence, ANN) is Group.LEFT
    world.assert_sums_agree(sequence)


def test_an_exit_that_comes_later_holds_for_those_inside(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY)
    world.confirm(ANN, name="Ann")
    world.forward(minutes=2)
    shown = world.desk.show(world.sequences.rows[sequence])
    changed = {name: shown[name] for name in ("name", "trigger", "filter", "steps")}
    world.desk.replace(sequence, {**changed, "exit": {"joined": {"within_days": 30}}})
    world.forward(days=2)
    assert world.mails(ANN) == ["Step 1"]


# Edits


def edited(world: SequenceWorld, sequence: str, *waits: Any, subjects: Any = None) -> None:
    written = steps(*waits)
    for step, subject in zip(written, subjects or [], strict=False):
        step["letter"] = {**step["letter"], "subject": subject}
    world.desk.replace(sequence, {"name": "Series", "trigger": {"on": "confirmed"}, "steps": written})


def test_people_inside_keep_the_steps_they_began_with(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY)
    world.confirm(ANN)
    world.forward(minutes=2)
    edited(world, sequence, NOW, {"hours": 1}, {"hours": 1}, subjects=["New 1", "New 2", "New 3"])
    world.confirm(BOB)
    world.forward(days=2)
    assert (world.mails(ANN), world.mails(BOB)) == (["Step 1", "Step 2"], ["New 1", "New 2", "New 3"])
    world.assert_sums_agree(sequence)


def test_a_step_keeps_its_figures_when_it_is_edited_or_moved(world: SequenceWorld) -> None:
    sequence = world.active(NOW, {"minutes": 5})
    world.confirm(ANN)
    world.forward(minutes=10)
    edited(world, sequence, NOW, NOW, {"minutes": 5}, subjects=["Before", "Step 1", "Step 2, better"])
    results = world.desk.show(world.sequences.rows[sequence])["results"]
    assert [result["sent"] for result in results] == [0, 1, 0]
    edited(world, sequence, NOW, NOW, subjects=["Before", "Step 1, better"])
    results = world.desk.show(world.sequences.rows[sequence])["results"]
    assert [result["sent"] for result in results] == [0, 1]


def test_steps_go_on_as_those_with_their_letter_or_in_their_place() -> None:
    a, b, c, d = (Step(Wait(), {"subject": name}) for name in "abcd")
    assert continued_steps((a, b), (a, b)) == [0, 1]
    assert continued_steps((a, b), (b, a)) == [1, 0]
    assert continued_steps((a, b), (a, c)) == [0, 1]
    assert continued_steps((a, b), (c, a, b)) == [None, 0, 1]
    assert continued_steps((a, b, c), (d, c)) == [0, 2]
    assert continued_steps((a,), (a, a)) == [0, None]


LETTERS = st.lists(st.sampled_from("abcde").map(lambda name: Step(Wait(), {"subject": name})), min_size=1, max_size=6)


@given(LETTERS.map(tuple), LETTERS.map(tuple))
def test_no_two_steps_go_on_as_the_same_one(before: tuple[Step, ...], after: tuple[Step, ...]) -> None:
    found = continued_steps(before, after)
    taken = [old for old in found if old is not None]
    assert len(found) == len(after)
    assert len(taken) == len(set(taken)) <= len(before)
    for at, step in enumerate(after):
        if 0 < after.count(step) <= before.count(step):
            assert before[found[at]] == step  # ty: ignore[invalid-argument-type]


# Pauses


def test_nobody_is_sent_anything_during_a_pause_and_late_steps_keep_their_order(world: SequenceWorld) -> None:
    sequence = world.active({"hours": 1}, A_DAY)
    world.confirm(ANN)
    world.forward(minutes=5)
    world.confirm(BOB)
    world.desk.pause(sequence)
    world.forward(days=3)
    assert world.ses.sent == []
    world.desk.activate(sequence)
    world.forward(minutes=2)
    assert [email for _, email in world.ses.sent] == [ANN, BOB]
    world.forward(hours=23)
    assert len(world.ses.sent) == 2
    world.forward(hours=2)
    assert world.mails(ANN) == ["Step 1", "Step 2"]
    world.assert_sums_agree(sequence)


def test_anyone_who_joins_during_a_pause_gets_the_series_after_it(world: SequenceWorld) -> None:
    sequence = world.active(NOW)
    world.desk.pause(sequence)
    world.confirm(ANN)
    world.forward(days=1)
    assert world.mails(ANN) == []
    world.desk.activate(sequence)
    world.forward(minutes=2)
    assert world.mails(ANN) == ["Step 1"]


def test_a_pause_between_the_plan_and_the_call_stops_the_call(world: SequenceWorld) -> None:
    sequence = world.active(NOW)
    world.confirm(ANN)
    plan = world.places.plan

    def and_pause(*arguments: Any) -> Any:
        planned = plan(*arguments)
        world.desk.pause(sequence)
        return planned

    world.places.plan = and_pause  # ty: ignore[invalid-assignment]
    world.forward(minutes=5)
    assert world.ses.sent == []
    world.desk.activate(sequence)
    world.forward(minutes=5)
    assert world.mails(ANN) == ["Step 1"]


def test_the_daily_quota_makes_it_wait_and_go_on_by_itself(world: SequenceWorld) -> None:
    quota = [30]

    def answer(tagged: Tagged) -> Reply:
        return Reply(Answer.ACCEPTED if len(world.ses.mails) < quota[0] else Answer.DAILY_QUOTA)

    world.ses.answers = answer
    people = [f"p{number:03}@example.com" for number in range(100)]
    sequence = world.active(NOW, A_MINUTE)
    world.confirm(*people)
    world.forward(hours=5)
    assert len(world.ses.sent) == 30
    assert world.sequences.rows[sequence].status is Running.ACTIVE
    quota[0] = 1000
    world.forward(hours=1)
    assert Counter(email for _, email in world.ses.sent) == dict.fromkeys(people, 2)
    world.assert_sums_agree(sequence)
    assert world.alarm.set_for == set()


@pytest.mark.parametrize("answer", [Answer.SUSPENDED, Answer.MISCONFIGURED])
def test_what_stops_a_campaign_stops_a_sequence_and_says_why(world: SequenceWorld, answer: Answer) -> None:
    sequence = world.active(NOW)
    world.ses.answers = lambda tagged: Reply(answer, "no")
    world.confirm(ANN)
    world.forward(minutes=5)
    row = world.sequences.rows[sequence]
    assert row.status is Running.PAUSED
    assert row.reason
    assert row.reason.code in (ReasonCode.SENDING_SUSPENDED, ReasonCode.REFUSED_BY_SES)
    world.ses.answers = lambda tagged: Reply(Answer.ACCEPTED)
    world.desk.activate(sequence)
    world.forward(minutes=5)
    assert world.mails(ANN) == ["Step 1"]


# At most once and, for those who stay, at least once


@pytest.mark.parametrize(
    "answer", [Answer.THROTTLED, Answer.CALL_THROTTLED, Answer.TRANSIENT, Answer.UNREACHABLE, Answer.UNCERTAIN]
)
def test_what_passes_delays_and_loses_nobody(world: SequenceWorld, answer: Answer) -> None:
    answers = iter([answer, answer])
    world.ses.answers = lambda tagged: Reply(next(answers, Answer.ACCEPTED))
    sequence = world.active(NOW, A_MINUTE)
    world.confirm(ANN, BOB)
    world.forward(hours=3)
    assert (world.mails(ANN), world.mails(BOB)) == (ALL[:2], ALL[:2])
    world.assert_sums_agree(sequence)


@pytest.mark.parametrize("lost", ["lose_next", "lost_before"])
def test_a_lost_answer_is_settled_by_what_ses_reports(world: SequenceWorld, lost: str) -> None:
    sequence = world.active(NOW, A_MINUTE)
    world.confirm(BOB)
    world.forward(hours=1)
    setattr(world.ses, lost, 1)
    world.confirm(ANN)
    world.forward(hours=3)
    assert world.mails(ANN) == ALL[:2]
    world.assert_sums_agree(sequence)


def test_a_refused_address_goes_on_and_is_counted(world: SequenceWorld) -> None:
    world.ses.answers = lambda tagged: Reply(Answer.REFUSED if tagged.letter.email == ANN else Answer.ACCEPTED)
    sequence = world.active(NOW, A_MINUTE)
    world.confirm(ANN, BOB)
    world.forward(hours=1)
    assert world.group(sequence, ANN) is Group.FINISHED
    results = world.desk.show(world.sequences.rows[sequence])["results"]
    assert [(result["sent"], result["failed"]) for result in results] == [(1, 1), (1, 1)]


def series(faults: Faults | None = None, *, retries: bool = True) -> tuple[SequenceWorld, str]:
    """Twelve people who go through three steps; two leave, one is shown out."""
    world = SequenceWorld(faults=faults, retries=retries)
    sequence = world.active(NOW, {"minutes": 10}, {"minutes": 10}, exit={"attribute": "done", "is": True})
    people = [f"p{number:02}@example.com" for number in range(12)]
    for at in range(0, 12, 4):
        world.confirm(*people[at : at + 4])
        world.forward(minutes=3)
    world.leave(people[0])
    world.leave(people[1], told=False)
    world.edit_person(people[2], attributes={"done": True})
    world.forward(hours=4)
    return world, sequence


def calls() -> int:
    world, _ = series()
    return world.faults.calls


BEFORE_THE_WATCH = ("get", "lease", "due", "watch")


@pytest.mark.parametrize("retries", [True, False])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_costs_nobody_an_email_and_sends_none_twice(moment: str, *, retries: bool) -> None:
    for at in range(1, calls() + 1):
        world, sequence = series(Faults(at, moment), retries=retries)
        # A run that found work is watched, even if nobody tries it again.
        if retries or world.faults.struck not in BEFORE_THE_WATCH:
            assert_all_went_well(world, sequence)


def assert_all_went_well(world: SequenceWorld, sequence: str) -> None:
    sent = Counter(world.ses.sent)
    assert set(sent.values()) <= {1}
    for number in range(3, 12):
        assert world.mails(f"p{number:02}@example.com") == ALL, world.faults.struck
    world.assert_sums_agree(sequence)
    assert world.alarm.set_for == set()


def test_a_run_leaves_a_sequence_to_the_one_that_is_at_work_and_looks_after_it_when_that_must_be_over(
    world: SequenceWorld,
) -> None:
    sequence = world.active(NOW, A_MINUTE)
    now = iso(world.clock())
    assert world.sequences.lease(sequence, "dead", now, iso(world.clock() + timedelta(minutes=5)))
    world.confirm(ANN)
    world.forward(minutes=4)
    assert world.ses.sent == []
    world.forward(minutes=10)
    assert world.mails(ANN) == ALL[:2]
    assert world.sequences.leases == {}


def test_two_runners_at_once_send_nothing_twice(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_MINUTE)
    world.sequences.lease = lambda *arguments: True  # ty: ignore[invalid-assignment]
    inner = world.places.get
    nested = []

    def and_run(*arguments: Any) -> Any:
        found = inner(*arguments)
        if len(nested) < 5:
            nested.append(1)
            world.runner.run(sequence, lambda: True, f"another, {len(nested)}", RUN_SECONDS)
        return found

    world.places.get = and_run  # ty: ignore[invalid-assignment]
    world.confirm(ANN, BOB)
    world.forward(hours=1)
    assert len(nested) == 5
    assert (world.mails(ANN), world.mails(BOB)) == (ALL[:2], ALL[:2])
    world.assert_sums_agree(sequence)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("confirm"), st.integers(0, 5)),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("untold"), st.integers(0, 5)),
        st.tuples(st.just("erase"), st.integers(0, 5)),
        st.tuples(st.just("exit"), st.integers(0, 5)),
        st.tuples(st.just("edit"), st.integers(1, 4)),
        st.tuples(st.just("pause"), st.just(0)),
        st.tuples(st.just("activate"), st.just(0)),
        st.tuples(st.just("lose"), st.integers(1, 2)),
        st.tuples(st.just("forward"), st.integers(1, 90)),
    ),
    max_size=25,
)


@given(ACTS)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_everybody_gets_their_steps_in_order_and_each_once(acts: list[tuple[str, int]]) -> None:
    world = SequenceWorld(zone=BERLIN)
    sequence = world.active(NOW, {"minutes": 20}, {"minutes": 20}, exit={"attribute": "done", "is": True})
    erased: set[str] = set()
    for act, number in acts:
        email = f"p{number}@example.com"
        known = world.people.by_email.get(email)
        match act:
            case "confirm" if (not known or known.status is not Status.ACTIVE) and email not in erased:
                world.confirm(email)
            case "leave" | "untold" if known:
                world.leave(email, told=act == "leave")
            case "erase" if known:
                erased.add(email)
                world.erase(email)
            case "exit" if known:
                world.edit_person(email, attributes={"done": True})
            case "edit":
                waits = [NOW] + [{"minutes": 20}] * (number - 1)
                edited_exit = {"attribute": "done", "is": True}
                asked = {"name": "Series", "trigger": {"on": "confirmed"}, "steps": steps(*waits), "exit": edited_exit}
                try:
                    world.desk.replace(sequence, asked)
                except ConflictError:
                    assert world.sequences.rows[sequence].version == 50
            case "pause" | "activate":
                getattr(world.desk, act)(sequence)
            case "lose":
                world.ses.lose_next = number
            case "forward":
                world.forward(minutes=number)
    world.desk.activate(sequence)
    world.forward(days=1)
    assert set(Counter(world.ses.sent).values()) <= {1}
    for place in world.places.places.values():
        version = world.sequences.versions[sequence, place.version]
        subjects = [world.editions.campaigns[step.edition].subject for step in version.steps]
        mails = world.mails(place.email)
        assert mails == subjects[: len(mails)]
        assert place.group is not Group.INSIDE
        if place.group is Group.FINISHED:
            assert mails == subjects
    if not erased:
        world.assert_sums_agree(sequence)


# The desk


def test_a_sequence_is_shown_as_it_was_written(world: SequenceWorld) -> None:
    asked = {
        "name": "Welcome",
        "trigger": {"on": "topic", "topic": "News"},
        "filter": {"language": "de"},
        "steps": steps({"days": 1, "at": "09:00"}, {"hours": 2, "minutes": 30}),
        "exit": {"topic": "Events"},
    }
    created = world.desk.create(asked)
    shown = world.desk.show(created)
    whole = [{**step, "wait": {"days": 0, "hours": 0, "minutes": 0, **step["wait"]}} for step in asked["steps"]]
    assert {name: shown[name] for name in asked} == {**asked, "steps": whole}
    assert shown["status"] == "draft"
    again = world.desk.replace(created.id, {name: shown[name] for name in asked})
    assert {**world.desk.show(again), "updated_at": ""} == {**shown, "updated_at": ""}


GOOD: dict[str, Any] = {"name": "S", "trigger": {"on": "confirmed"}, "steps": steps(NOW)}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"trigger": None}, "trigger"),
        ({"trigger": {"on": "birthday"}}, "trigger.on"),
        ({"trigger": {"on": "topic"}}, "trigger.topic"),
        ({"trigger": {"on": "topic", "topic": "Nothing"}}, "trigger.topic"),
        ({"trigger": {"on": "confirmed", "topic": "News"}}, "trigger.topic"),
        ({"steps": []}, "steps"),
        ({"steps": steps(NOW) * 21}, "steps"),
        ({"steps": [{"wait": {}, "letter": None}]}, "steps[0].letter"),
        ({"steps": [{"wait": {"weeks": 1}, "letter": {}}]}, "steps[0].wait.weeks"),
        ({"steps": [{"wait": {"days": -1}, "letter": {}}]}, "steps[0].wait.days"),
        ({"steps": [{"wait": {"days": 366}, "letter": {}}]}, "steps[0].wait.days"),
        ({"steps": [{"wait": {"days": True}, "letter": {}}]}, "steps[0].wait.days"),
        ({"steps": [{"wait": {}, "at": "9 o'clock", "letter": {}}]}, "steps[0].at"),
        ({"steps": [{"wait": {}, "at": "24:00", "letter": {}}]}, "steps[0].at"),
        ({"steps": [{"wait": {}, "colour": "red", "letter": {}}]}, "steps[0].colour"),
        ({"filter": {"town": "Berlin"}}, "filter"),
        ({"filter": {"received": {"campaign": "0" * 26}}}, "filter"),
        ({"exit": {"not": {"any": [{"opened": {"campaign": "0" * 26}}]}}}, "exit"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(change: Any, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read({**GOOD, **change}, TOPICS)
    assert caught.value.details == {"field": field}


def test_an_exit_may_be_as_deep_as_its_negation_allows() -> None:
    tree: Any = {"topic": "News"}
    for _ in range(8):
        tree = {"not": tree}
    read({**GOOD, "exit": tree}, TOPICS)
    with pytest.raises(InvalidError):
        read({**GOOD, "exit": {"not": tree}}, TOPICS)


def test_a_letter_that_cannot_be_sent_keeps_a_sequence_from_being_activated(world: SequenceWorld) -> None:
    written = [*steps(NOW), {"wait": {}, "letter": {"subject": "Empty"}}]
    sequence = world.desk.create({**GOOD, "steps": written}).id
    with pytest.raises(InvalidError, match=r"^Step 2: ") as caught:
        world.desk.activate(sequence)
    assert caught.value.details == {"field": "steps[1].letter"}
    assert world.sequences.rows[sequence].status is Running.DRAFT
    assert world.editions.campaigns == {}


def test_a_letter_that_ses_cannot_render_leaves_nothing_behind(world: SequenceWorld) -> None:
    written = [*steps(NOW), {"wait": {}, "letter": {"subject": "Odd", "body": "unrenderable"}}]
    sequence = world.desk.create({**GOOD, "steps": written}).id
    with pytest.raises(InvalidError):
        world.desk.activate(sequence)
    assert world.editions.campaigns == {}


def test_only_what_rests_can_be_deleted_and_then_is_gone(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY)
    world.confirm(ANN)
    world.forward(minutes=2)
    with pytest.raises(ConflictError, match="Pause it"):
        world.desk.delete(sequence)
    world.desk.pause(sequence)
    world.desk.delete(sequence)
    with pytest.raises(NotFoundError):
        world.desk.get(sequence)
    world.forward(days=2)
    assert (world.sequences.rows, world.places.places, world.editions.campaigns) == ({}, {}, {})
    assert len(world.ses.sent) == 1


def test_a_list_has_a_bounded_number_of_sequences(world: SequenceWorld) -> None:
    for _ in range(50):
        world.desk.create(GOOD)
    with pytest.raises(ConflictError):
        world.desk.create(GOOD)


def test_a_draft_cannot_be_paused_and_what_is_active_may_be_activated_again(world: SequenceWorld) -> None:
    draft = world.desk.create(GOOD).id
    with pytest.raises(ConflictError):
        world.desk.pause(draft)
    assert world.desk.activate(draft) == world.desk.activate(draft)
    assert world.desk.pause(draft) == world.desk.pause(draft)


def test_people_are_shown_by_where_they_are(world: SequenceWorld) -> None:
    sequence = world.active(NOW, A_DAY)
    world.confirm(ANN, BOB)
    world.forward(minutes=2)
    world.leave(BOB)
    (ann,) = world.desk.people(sequence, Group.INSIDE, 10, None)["people"]
    assert (ann["email"], ann["step"], ann["ended_at"]) == (ANN, 2, None)
    assert ann["due_at"]
    (bob,) = world.desk.people(sequence, Group.LEFT, 10, None)["people"]
    assert (bob["email"], bob["reason"], bob["due_at"]) == (BOB, "unsubscribed", None)


def test_late_steps_are_sent_the_longest_waiting_first(world: SequenceWorld) -> None:
    sequence = world.active({"minutes": 1})
    people = [f"p{number:02}@example.com" for number in range(30)]
    for email in reversed(people):
        world.confirm(email)
        world.clock.forward(1)
    world.desk.pause(sequence)
    world.forward(days=1)
    world.desk.activate(sequence)
    world.forward(minutes=1)
    assert [email for _, email in world.ses.sent] == people[::-1]
    assert all(first <= second for first, second in pairwise(world.ses.moments))


def test_a_crash_is_what_the_world_means_by_it() -> None:
    world, _ = series(Faults(20, "before"))
    assert world.crashes == 1
    assert issubclass(Crash, BaseException)
