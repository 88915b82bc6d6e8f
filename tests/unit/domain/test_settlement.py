"""Settlement: whatever order events come in, and however often, the ledger says the same."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from email_list.campaigns.campaign import Tally
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch, Result, State, changes
from email_list.campaigns.settlement import MAX_DOUBTS, Decision, EventKind, MailEvent, decide
from email_list.clock import iso
from tests.unit.domain.campaign_world import GRACE, FakeClock, World, people

CLAIMED_AT = iso(FakeClock().now)


def at(seconds: float) -> str:
    return iso(FakeClock().now + timedelta(seconds=seconds))


@settings(deadline=None)  # a busy machine is no failure
@given(
    kinds=st.lists(st.tuples(st.integers(0, 24), st.sampled_from(list(EventKind))), max_size=40),
    seed=st.integers(0, 1000),
    chunk=st.integers(1, 10),
    during=st.booleans(),
)
def test_any_order_and_repetition_of_events_ends_in_the_same_outcomes(
    kinds: list[tuple[int, EventKind]], seed: int, chunk: int, during: bool
) -> None:
    world = World(people(25))
    campaign = world.create()
    events = [
        MailEvent(kind, campaign, position // 10 + 1, position % 10, iso(world.clock()), "why")
        for position, kind in kinds
    ]
    shuffled = events * 2
    random.Random(seed).shuffle(shuffled)
    chunks = [shuffled[start : start + chunk] for start in range(0, len(shuffled), chunk)]

    def note_all() -> None:
        world.ses.during_call = lambda: None
        for some in chunks:
            world.settlement.note(some)

    if during:
        world.plan()
        for number in (1, 2, 3):  # every batch is there to be noted in
            batch = Batch.untouched(world.store.plans[campaign, number])
            claimed = replace(batch.claimed("gone", CLAIMED_AT), state=State.OPEN)
            world.store.save(campaign, batch, claimed, CLAIMED_AT)
        note_all()
    world.run(campaign)
    note_all()
    refused = {position for position, kind in kinds if kind is not EventKind.SEND}
    tally = world.store.tally(campaign)
    assert (tally.sent, tally.failed) == (25 - len(refused), len(refused))
    world.assert_sums_agree(campaign)


def abandoned(**fields: object) -> Batch:
    return replace(Batch(1, "....").claimed("gone", CLAIMED_AT), **fields)


@pytest.mark.parametrize(
    ("accepted_at", "events_until", "decision"),
    [
        (None, None, Decision.SEND_AGAIN),  # SES accepted nothing at all
        (at(-60), at(-60), Decision.SEND_AGAIN),  # nothing since, and all events of before are there
        (at(60), at(20), Decision.SEND_AGAIN),  # events of after the call have come
        (at(60), at(10), Decision.WAIT),  # those of the call's own time may still be on their way
        (at(5), at(4), Decision.SEND_AGAIN),  # the latest emails' events have come
        (at(-60), None, Decision.WAIT),  # no event has ever come
        (at(60), None, Decision.WAIT),
    ],
)
def test_no_event_means_no_email_only_where_events_have_caught_up(
    accepted_at: str | None, events_until: str | None, decision: Decision
) -> None:
    now = FakeClock().now + GRACE + timedelta(seconds=1)
    assert decide(abandoned(), Tally(accepted_at=accepted_at), events_until, now) is decision


def test_waiting_ends_after_an_hour() -> None:
    now = FakeClock().now + timedelta(hours=1, seconds=1)
    assert decide(abandoned(), Tally(accepted_at=at(60)), None, now) is Decision.GIVE_UP


def test_a_batch_that_fails_again_and_again_is_given_up() -> None:
    now = FakeClock().now + GRACE
    assert decide(abandoned(doubts=MAX_DOUBTS - 1), Tally(), None, now) is Decision.SEND_AGAIN
    assert decide(abandoned(doubts=MAX_DOUBTS), Tally(), None, now) is Decision.GIVE_UP


# The ledger's rows


def test_a_claim_that_replaces_another_one_is_a_doubt() -> None:
    first = Batch(1, "..").claimed("a", CLAIMED_AT)
    assert first.doubts == 0
    assert first.claimed("b", CLAIMED_AT).doubts == 1
    assert first.released().claimed("b", CLAIMED_AT).doubts == 0


def test_a_batch_is_held_for_its_grace_time() -> None:
    batch, now = Batch(1, "..").claimed("a", CLAIMED_AT), FakeClock().now
    assert batch.held_for(now, GRACE) == GRACE.total_seconds()
    assert batch.held_for(now + GRACE, GRACE) == 0
    assert batch.released().held_for(now, GRACE) == 0


def test_a_batch_is_done_when_nothing_is_pending() -> None:
    batch = Batch(1, "..").claimed("a", CLAIMED_AT)
    assert batch.released().state is State.OPEN
    both = batch.with_results({0: Result(Outcome.SENT), 1: Result(Outcome.FAILED, "x" * 500)})
    assert both.released().state is State.DONE
    assert len(both.reasons[1]) == 120


def test_a_known_outcome_is_not_replaced_by_a_later_result() -> None:
    sent = Batch(1, ".").with_results({0: Result(Outcome.SENT)})
    assert sent.with_results({0: Result(Outcome.FAILED, "late")}) == sent


def test_events_about_nobody_in_the_batch_are_left_out() -> None:
    batch = Batch.untouched(PlannedBatch(1, ("a@example.com",), None))
    assert batch.with_events({7: True}, {9: "Reject"}) == batch


outcomes = st.text(alphabet=[outcome.value for outcome in Outcome], min_size=1, max_size=50)


@settings(deadline=None)  # a busy machine is no failure
@given(outcomes, st.data())
def test_changes_are_the_difference_of_two_counts(letters: str, data: st.DataObject) -> None:
    others = data.draw(
        st.text(alphabet=[outcome.value for outcome in Outcome], min_size=len(letters), max_size=len(letters))
    )
    before, after = Batch(1, letters), Batch(1, others).released()
    difference = changes(before, after)
    for outcome in Outcome:
        if outcome is not Outcome.PENDING:
            change = difference.get(outcome.name.lower(), 0)
            assert before.counts()[outcome] + change == after.counts()[outcome]
    assert difference.get("batches", 0) == (after.state is State.DONE)


def test_the_rows_of_all_batches_are_read_at_once_and_again_where_one_changes_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(people(25))
    campaign = world.create()
    world.run(campaign)
    read_all, read_one = world.store.batches, world.store.batch
    asked: list[object] = []

    def batches(of: str, numbers: Iterable[int]) -> Mapping[int, Batch]:
        asked.append(sorted(numbers))
        found = read_all(of, [1, 2, 3])
        world.store.save(of, found[2], found[2].with_events({}, {9: "Reject"}), CLAIMED_AT)
        return found

    def batch(of: str, number: int) -> Batch | None:
        asked.append(number)
        return read_one(of, number)

    monkeypatch.setattr(world.store, "batches", batches)
    monkeypatch.setattr(world.store, "batch", batch)
    rejected = [MailEvent(EventKind.REJECT, campaign, number, 0, CLAIMED_AT) for number in (1, 2, 3)]
    world.settlement.note(rejected)
    assert asked == [[1, 2, 3], 2]
    assert world.store.tally(campaign).failed == 4
