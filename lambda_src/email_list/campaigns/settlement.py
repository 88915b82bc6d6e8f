"""Settlement: what SES's own events say about the recipients of a batch.

Events arrive in any order, twice, or after everything is over; each is recorded in the batch's row by compare-and-set,
and recording it again changes nothing. A `Send` event only matters for a recipient whose outcome is not known; a
rejection or a rendering failure replaces `sent`, because SES reports it after accepting the email.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum

from email_list.campaigns.campaign import Tally
from email_list.campaigns.ledger import Batch, State
from email_list.campaigns.store import CampaignStore
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.private_logs import masked

GIVE_UP_AFTER = timedelta(hours=1)
"""How long a recipient whose email cannot be settled waits for events before they are shown as `unknown`."""

MAX_DOUBTS = 3
"""How often a batch is sent again after a claim that left no record."""

CALL_LASTS = timedelta(seconds=15)
"""Time from a claim to the last moment at which SES may accept its emails: see `sending.CALL_WITHIN` and the read
timeout of the sending client."""

CLOCKS_DIFFER = timedelta(seconds=2)
"""How much SES's clock and ours may differ."""

MAX_TRIES = 10

logger = logging.getLogger(__name__)


class EventKind(StrEnum):
    """The events that say whether an email was sent. The value is SES's own name (developer guide, event data)."""

    SEND = "Send"
    REJECT = "Reject"
    RENDERING_FAILURE = "Rendering Failure"


@dataclass(frozen=True)
class MailEvent:
    """One event about a campaign's email. `position` is the recipient's in the batch, `at` when SES accepted the
    email, `tracked` whether its opens and clicks are known."""

    kind: EventKind
    campaign: str
    batch: int
    position: int
    at: str
    reason: str = ""
    tracked: bool = False


class Settlement:
    """Records events in the ledger."""

    def __init__(self, store: CampaignStore, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def note(self, events: Iterable[MailEvent]) -> None:
        """Record events. After a failure, all of them must be recorded again."""
        batches: dict[str, dict[int, list[MailEvent]]] = defaultdict(lambda: defaultdict(list))
        latest: dict[str, str] = {}
        for event in events:
            batches[event.campaign][event.batch].append(event)
            if event.kind is EventKind.SEND:
                latest[event.campaign] = max(event.at, latest.get(event.campaign, ""))
        for campaign_id, of_campaign in batches.items():
            states = self._store.batches(campaign_id, of_campaign)
            for number, of_batch in of_campaign.items():
                self._note(campaign_id, number, states.get(number), of_batch)
        for campaign_id, until in latest.items():
            self._store.note_events(campaign_id, until)

    def _note(self, campaign_id: str, number: int, before: Batch | None, events: Sequence[MailEvent]) -> None:
        seen = {event.position: event.tracked for event in events if event.kind is EventKind.SEND}
        refused = {
            event.position: masked(f"{event.kind.value}: {event.reason}".rstrip(": "))
            for event in events
            if event.kind is not EventKind.SEND
        }
        for _ in range(MAX_TRIES):
            if before is None:
                logger.warning("event of an unknown batch", extra={"campaign": campaign_id, "batch": number})
                return
            after = before.with_events(seen, refused)
            if after == before or self._store.save(campaign_id, before, after, iso(self._clock())):
                return
            before = self._store.batch(campaign_id, number)
        raise RuntimeError(f"batch {number} of campaign {campaign_id} changes too often")


class Decision(Enum):
    """What to do with the recipients of an abandoned claim who have no Send event."""

    SEND_AGAIN = "they were not sent the email"
    WAIT = "their events may still arrive"
    GIVE_UP = "nobody will ever know"


def decide(batch: Batch, tally: Tally, events_until: str | None, now: datetime) -> Decision:
    """What the absence of events means for a batch whose claim is older than its grace time.

    No event counts as no email only if events have arrived up to the time of the call, or up to the campaign's latest
    emails if those are older: then no backlog hides the event, and what delivers events works.
    """
    assert batch.state is State.CLAIMED
    if batch.doubts >= MAX_DOUBTS:
        return Decision.GIVE_UP
    call_over = from_iso(batch.claimed_at) + CALL_LASTS
    if tally.accepted_at is None:
        return Decision.SEND_AGAIN
    expected = min(from_iso(tally.accepted_at) - CLOCKS_DIFFER, call_over)
    if events_until is not None and from_iso(events_until) >= expected:
        return Decision.SEND_AGAIN
    if now - from_iso(batch.claimed_at) > GIVE_UP_AFTER:
        return Decision.GIVE_UP
    return Decision.WAIT
