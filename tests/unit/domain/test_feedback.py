"""Feedback on campaigns: counted once, whatever the order of events and however often they come."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from email_list.campaigns import engagement
from email_list.campaigns.feedback import MAX_READS, Mark, Note, Results, Row, changes
from email_list.clock import from_iso, iso
from email_list.events.mail_events import Event, Kind, Place
from email_list.events.meanings import Meaning
from email_list.events.recording import MAX_TRIES, ROWS_AT_ONCE, Recorder
from tests.unit.domain.feedback_world import FakeFeedback

SENT_AT = "2026-11-24T10:00:00.000Z"


def recorder(store: FakeFeedback) -> Recorder:
    return Recorder(store, sleep=lambda seconds: None)


def event(kind: Kind, campaign: str = "C1", batch: int = 1, position: int = 0, **fields: Any) -> Event:
    message = f"{campaign}-{batch}-{position}"
    return Event(kind, message, SENT_AT, fields.pop("at", SENT_AT), (), Place(campaign, batch, position), **fields)


# One row


def test_a_note_is_made_once() -> None:
    note = Note(3, Mark.DELIVERED)
    once = Row().with_notes([note])
    assert once.with_notes([note, note]) == once
    assert once.counts() == {"delivered": 1}
    assert once.has(3, Mark.DELIVERED)
    assert once.marks_of(3) == [Mark.DELIVERED]
    assert once.marks_of(2) == []


def test_each_open_counts_in_the_total_and_its_reader_once() -> None:
    notes = [Note(1, Mark.OPENED, occasion=moment) for moment in ("10:00", "10:01", "10:01")]
    assert Row().with_notes(notes).counts() == {"opened": 1, "opens_total": 2, "o0": 1}


def test_what_one_recipient_reads_without_end_is_counted_up_to_a_limit() -> None:
    notes = [Note(1, Mark.CLICKED, occasion=str(moment)) for moment in range(3 * MAX_READS)]
    other = Note(2, Mark.CLICKED, occasion="once")
    assert Row().with_notes([*notes, other]).counts() == {"clicked": 2, "clicks_total": MAX_READS + 1, "c0": 2}


def test_of_too_many_opens_the_earliest_are_kept_in_whatever_order_they_come() -> None:
    notes = [Note(1, Mark.OPENED, occasion=str(age), age=age) for age in range(3 * MAX_READS)]
    rows = [Row().with_notes(notes), Row().with_notes(notes[::-1])]
    assert rows[0] == rows[1]
    assert rows[0].counts() == {"opened": 1, "opens_total": MAX_READS, "o0": 1}


def test_an_open_that_turns_out_to_be_the_first_moves_its_reader_to_an_earlier_time() -> None:
    later = Row().with_notes([Note(1, Mark.OPENED, occasion="later", age=50)])
    both = later.with_notes([Note(1, Mark.OPENED, occasion="sooner", age=3)])
    assert changes(later, both) == {"opens_total": 1, "O2": -1, "o3": 1}
    assert engagement.over_time(both.counts())["hours"][3:] == [{"hour": 4, "opened": 1, "clicked": 0}]


def test_time_goes_by_hours_then_by_days_and_ends_after_a_month() -> None:
    ages = (0, 23, 24, 47, 29 * 24, 400 * 24)
    notes = [Note(at, Mark.CLICKED, occasion="once", age=age) for at, age in enumerate(ages)]
    told = engagement.over_time(Row().with_notes(notes).counts())
    assert {each["hour"]: each["clicked"] for each in told["hours"] if each["clicked"]} == {1: 1, 24: 1}
    assert {each["day"]: each["clicked"] for each in told["days"] if each["clicked"]} == {1: 2, 2: 2, 30: 2}
    assert len(told["days"]) == engagement.DAYS


def test_nothing_was_read_at_no_time() -> None:
    assert engagement.over_time({}) == {"hours": [], "days": []}


def test_machines_are_counted_apart_and_not_in_the_totals() -> None:
    notes = [Note(1, Mark.MACHINE_OPENED, occasion="a"), Note(1, Mark.MACHINE_CLICKED, occasion="b")]
    assert Row().with_notes(notes).counts() == {"machine_opened": 1, "machine_clicked": 1}


def test_the_reason_of_a_hard_bounce_replaces_that_of_an_earlier_one() -> None:
    row = Row().with_notes([Note(0, Mark.SOFT_BOUNCED, "full"), Note(0, Mark.SOFT_BOUNCED, "busy")])
    assert row.reasons == {0: "full"}
    assert row.with_notes([Note(0, Mark.BOUNCED, "unknown")]).reasons == {0: "unknown"}


def test_results_name_every_mark_and_the_totals() -> None:
    assert {field.name for field in fields(Results)} == {*Mark, "opens_total", "clicks_total"}


# Recording


def test_events_of_one_batch_are_written_at_once() -> None:
    store = FakeFeedback()
    recorder(store).record([event(Kind.DELIVERY, position=position) for position in range(50)])
    assert store.saves == [1]
    assert store.results("C1") == Results(delivered=50)


def test_rows_share_a_transaction_with_their_sums() -> None:
    store = FakeFeedback()
    recorder(store).record([event(Kind.DELIVERY, batch=batch) for batch in range(ROWS_AT_ONCE + 5)])
    assert store.saves == [ROWS_AT_ONCE, 5]


def test_what_is_noted_already_costs_no_write() -> None:
    store = FakeFeedback()
    for _ in range(3):
        recorder(store).record([event(Kind.DELIVERY), event(Kind.OPEN, at="2026-11-24T11:00:00.000Z")])
    assert store.saves == [1]


def test_a_send_event_costs_no_write() -> None:
    store = FakeFeedback()
    assert recorder(store).record([event(Kind.SEND)]) == {}
    assert store.attempts == 0


def test_the_rows_that_events_are_about_are_told_as_they_are_afterwards() -> None:
    store = FakeFeedback()
    recorder(store).record([event(Kind.DELIVERY)])
    rows = recorder(store).record([event(Kind.DELIVERY), event(Kind.BOUNCE, batch=2, meaning=Meaning.SOFT_BOUNCE)])
    assert rows["C1", 1].has(0, Mark.DELIVERED)
    assert rows["C1", 2].has(0, Mark.SOFT_BOUNCED)


def test_a_row_that_never_stands_still_is_an_error() -> None:
    store = FakeFeedback(refuse_every=1)
    with pytest.raises(RuntimeError, match="campaign C1"):
        recorder(store).record([event(Kind.DELIVERY)])
    assert store.attempts == MAX_TRIES


def test_emails_on_the_accounts_suppression_list_are_neither_bounces_nor_complaints() -> None:
    store = FakeFeedback()
    events = [
        event(Kind.BOUNCE, position=1, meaning=Meaning.NOT_TRIED),
        event(Kind.COMPLAINT, position=2, meaning=Meaning.NOT_TRIED),
    ]
    recorder(store).record(events)
    assert store.results("C1") == Results(suppressed=2)


# Any order, any repetition

moments = st.sampled_from([0, 1, 90, 119, 25 * 60, 49 * 60, 100 * 24 * 60]).map(
    lambda minutes: iso(from_iso(SENT_AT) + timedelta(minutes=minutes))
)
MEANINGS = {
    Kind.BOUNCE: [meaning for meaning in Meaning if "complaint" not in meaning],
    Kind.COMPLAINT: [Meaning.COMPLAINT, Meaning.NO_COMPLAINT, Meaning.NOT_TRIED, Meaning.UNCLASSIFIED],
    Kind.SUBSCRIPTION: [Meaning.LEFT, None],
}
events_of_campaigns = st.builds(
    lambda said, machine, place, at: event(said[0], *place, at=at, meaning=said[1], machine=machine),
    st.sampled_from([(kind, meaning) for kind in Kind for meaning in MEANINGS.get(kind, [None])]),
    st.booleans(),
    st.tuples(st.sampled_from(["C1", "C2"]), st.integers(1, 3), st.integers(0, 4)),
    moments,
)


def expected(events: Sequence[Event], campaign: str) -> dict[str, int]:
    """What the results must be, counted from the set of distinct events without rows or marks."""
    mine = [event for event in events if event.place is not None and event.place.campaign == campaign]

    def recipients(kind: Kind, machine: bool | None = None) -> int:
        return len({e.place for e in mine if e.kind is kind and machine in (None, e.machine)})

    def meant(*meanings: Meaning) -> int:
        return len({event.place for event in mine if event.meaning in meanings})

    def total(kind: Kind) -> int:
        return len({(event.place, event.at) for event in mine if event.kind is kind and not event.machine})

    return {
        "delivered": recipients(Kind.DELIVERY),
        "delayed": recipients(Kind.DELIVERY_DELAY),
        "bounced": meant(Meaning.HARD_BOUNCE),
        "soft_bounced": meant(Meaning.SOFT_BOUNCE, Meaning.MESSAGE_REFUSED),
        "suppressed": meant(Meaning.NOT_TRIED),
        "complained": meant(Meaning.COMPLAINT),
        "rejected": recipients(Kind.REJECT),
        "rendering_failed": recipients(Kind.RENDERING_FAILURE),
        "opened": recipients(Kind.OPEN, machine=False),
        "machine_opened": recipients(Kind.OPEN, machine=True),
        "opens_total": total(Kind.OPEN),
        "clicked": recipients(Kind.CLICK, machine=False),
        "machine_clicked": recipients(Kind.CLICK, machine=True),
        "clicks_total": total(Kind.CLICK),
        "unsubscribed": meant(Meaning.LEFT),
        "unclassified": meant(Meaning.UNCLASSIFIED),
    }


def expected_days(events: Sequence[Event], campaign: str) -> list[dict[str, int]]:
    """Who opened and clicked on which day of their email, from the distinct events."""
    days: Counter[tuple[str, int]] = Counter()
    for name, kind in (("opened", Kind.OPEN), ("clicked", Kind.CLICK)):
        first: dict[Place, int] = {}
        for each in events:
            if each.place and each.place.campaign == campaign and each.kind is kind and not each.machine:
                day = min((from_iso(each.at) - from_iso(SENT_AT)).days, 29) + 1
                first[each.place] = min(day, first.get(each.place, day))
        days.update((name, day) for day in first.values())
    last = max((day for _, day in days), default=0)
    return [{"day": day, **{name: days[name, day] for name in engagement.COUNTED}} for day in range(1, last + 1)]


@settings(max_examples=150, deadline=None)
@given(
    events=st.lists(events_of_campaigns, max_size=40),
    copies=st.integers(1, 3),
    size=st.integers(1, 17),
    refuse_every=st.sampled_from([0, 2, 3]),
    shuffling=st.randoms(use_true_random=False),
)
def test_any_shuffle_repetition_and_splitting_of_events_ends_in_the_same_counters(
    events: list[Event], copies: int, size: int, refuse_every: int, shuffling: random.Random
) -> None:
    store = FakeFeedback(refuse_every)
    arriving = events * copies
    shuffling.shuffle(arriving)
    for start in range(0, len(arriving), size):
        recorder(store).record(arriving[start : start + size])
    for campaign in ("C1", "C2"):
        assert asdict(store.results(campaign)) == expected(events, campaign)
        assert engagement.over_time(store.sums(campaign))["days"] == expected_days(events, campaign)
        assert store.recount(campaign) == store.sums(campaign)
