"""The intake of SES's events: everything that follows from a batch of them."""

import logging
from collections.abc import Callable, Mapping, Sequence

from email_list.campaigns.settlement import EventKind, MailEvent, Settlement
from email_list.campaigns.watching import Watch
from email_list.events.cleaning import Cleaner
from email_list.events.mail_events import Event
from email_list.events.meanings import Meaning
from email_list.events.recording import Recorder

CONFIRMATION = "confirmation"
"""The purpose by which confirmations are tagged."""

_HARM = (Meaning.HARD_BOUNCE, Meaning.COMPLAINT)

_ABOUT_SENDING = {kind.value: kind for kind in EventKind}

logger = logging.getLogger(__name__)


class Intake:
    """Processes events. All of it may be done again, with the same or other events beside them.

    `confirmation_bounced` is told the message of each confirmation that hard-bounced.
    """

    def __init__(
        self,
        settlement: Settlement,
        recorder: Recorder,
        cleaner: Cleaner,
        note_interest: Callable[[Sequence[Event]], None],
        watch: Watch,
        confirmation_bounced: Callable[[str], None],
    ) -> None:
        self._settlement = settlement
        self._confirmation_bounced = confirmation_bounced
        self._recorder = recorder
        self._cleaner = cleaner
        self._note_interest = note_interest
        self._watch = watch

    def take_each(self, events: Mapping[str, Event], has_time: Callable[[], bool]) -> list[str]:
        """Process events that have ids; returns the ids of those that failed. What fails among others is tried without
        them."""
        if not events:
            return []
        try:
            self.take(list(events.values()))
        except Exception:
            if len(events) == 1 or not has_time():
                logger.exception("events not recorded", extra={"count": len(events)})
                return list(events)
            ids = list(events)
            halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]
            return [
                failed for half in halves for failed in self.take_each({id_: events[id_] for id_ in half}, has_time)
            ]
        return []

    def take(self, events: Sequence[Event]) -> None:
        """Record what the events say about emails and draw the consequences. After a failure, all of them must come
        again."""
        rows = self._recorder.record(events)
        self._cleaner.clean(events, rows)
        self._note_interest(events)
        self._settlement.note(filter(None, map(_about_sending, events)))
        harmed = {event.place.campaign for event in events if event.place is not None and event.meaning in _HARM}
        for campaign_id in sorted(harmed):
            self._watch.look_at(campaign_id)
        for event in events:
            if event.purpose == CONFIRMATION and event.meaning is Meaning.HARD_BOUNCE:
                self._confirmation_bounced(event.message)


def _about_sending(event: Event) -> MailEvent | None:
    """What an event says about whether a campaign's email was sent at all."""
    place, kind = event.place, _ABOUT_SENDING.get(event.kind.value)
    if place is None or kind is None:
        return None
    where = place.campaign, place.batch, place.position
    return MailEvent(kind, *where, event.sent_at, event.reason, event.tracked)
