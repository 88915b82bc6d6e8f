"""Recording feedback: from SES's events into the feedback rows of campaigns, each event once."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from email_list.campaigns import clicks
from email_list.campaigns.feedback import FeedbackStore, Mark, Note, Row
from email_list.clock import from_iso
from email_list.events.mail_events import Event, Kind, Place
from email_list.events.meanings import Meaning
from email_list.private_logs import masked

ROWS_AT_ONCE = 25
"""Rows written in one transaction, which also updates the sums once for all of them. More would be cheaper still, but
feedback recorded in one of them at the same moment makes all of them be written again."""

MAX_TRIES = 12
PAUSE_SECONDS = 0.02
"""The longest pause before the second attempt to write; doubled each time, up to `MAX_PAUSE_SECONDS`."""

MAX_PAUSE_SECONDS = 1.0


class Recorder:
    """Records notes in feedback rows. `links` gives the links of a campaign's letter."""

    def __init__(
        self,
        store: FeedbackStore,
        links: Callable[[str], Sequence[str]] = lambda campaign_id: (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._links = links
        self._sleep = sleep

    def record(self, events: Sequence[Event]) -> dict[tuple[str, int], Row]:
        """Record events about campaigns' emails; returns the rows they are about, by campaign and batch, as they are
        afterwards.

        After a failure, all of them must be recorded again.
        """
        notes: dict[str, dict[int, list[Note]]] = defaultdict(lambda: defaultdict(list))
        for event in events:
            mark = mark_of(event)
            if event.place is not None and mark is not None:
                notes[event.place.campaign][event.place.batch].append(self._note(event, event.place, mark))
        rows: dict[tuple[str, int], Row] = {}
        for campaign_id, batches in notes.items():
            numbers = sorted(batches)
            for start in range(0, len(numbers), ROWS_AT_ONCE):
                chunk = {number: batches[number] for number in numbers[start : start + ROWS_AT_ONCE]}
                rows |= {(campaign_id, number): row for number, row in self._write(campaign_id, chunk).items()}
        return rows

    def _note(self, event: Event, place: Place, mark: Mark) -> Note:
        links = self._links(place.campaign) if mark is Mark.CLICKED else ()
        return Note(
            place.position,
            mark,
            # A receiver quotes the address, which is to stand in one place only: where it can be erased.
            reason=masked(event.reason) if mark in _EXPLAINED else "",
            occasion=f"{event.message} {event.at} {event.link}",
            age=int((from_iso(event.at) - from_iso(event.sent_at)).total_seconds()) // 3600,
            link=clicks.name_of(event.link, links) if links else "",
        )

    def _write(self, campaign_id: str, notes: Mapping[int, Sequence[Note]]) -> dict[int, Row]:
        for attempt in range(MAX_TRIES):
            before = self._store.rows(campaign_id, notes.keys())
            after = {number: before[number].with_notes(of_batch) for number, of_batch in notes.items()}
            changed = [(number, before[number], after[number]) for number in notes if after[number] != before[number]]
            if not changed or self._store.save(campaign_id, changed):
                return after
            self._sleep(random.uniform(0, min(MAX_PAUSE_SECONDS, PAUSE_SECONDS * 2**attempt)))  # noqa: S311
        raise RuntimeError(f"the feedback rows of campaign {campaign_id} change too often")


def mark_of(event: Event) -> Mark | None:
    """The mark that an event makes; None if it says nothing about feedback."""
    if event.meaning is not None:
        return _MARKS_OF_MEANINGS.get(event.meaning)
    match event.kind:
        case Kind.OPEN:
            return Mark.MACHINE_OPENED if event.machine else Mark.OPENED
        case Kind.CLICK:
            return Mark.MACHINE_CLICKED if event.machine else Mark.CLICKED
    return _MARKS.get(event.kind)


_MARKS = {
    Kind.DELIVERY: Mark.DELIVERED,
    Kind.DELIVERY_DELAY: Mark.DELAYED,
    Kind.REJECT: Mark.REJECTED,
    Kind.RENDERING_FAILURE: Mark.RENDERING_FAILED,
}

_MARKS_OF_MEANINGS = {
    Meaning.HARD_BOUNCE: Mark.BOUNCED,
    Meaning.SOFT_BOUNCE: Mark.SOFT_BOUNCED,
    Meaning.MESSAGE_REFUSED: Mark.SOFT_BOUNCED,
    Meaning.NOT_TRIED: Mark.SUPPRESSED,
    Meaning.COMPLAINT: Mark.COMPLAINED,
    Meaning.LEFT: Mark.UNSUBSCRIBED,
    Meaning.UNCLASSIFIED: Mark.UNCLASSIFIED,
}

_EXPLAINED = (Mark.BOUNCED, Mark.SOFT_BOUNCED, Mark.SUPPRESSED, Mark.UNCLASSIFIED)
"""Marks that keep SES's reason."""
