"""What campaigns know about one person, for that person to see: which they were sent, and what came back."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

from email_list.campaigns.campaign import Campaign
from email_list.campaigns.erasing import Past, Traces, row_ranges
from email_list.campaigns.feedback import Row
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch
from email_list.clock import Clock, utc_now

AT_ONCE = 16
"""Campaigns looked through at the same time: someone waits for the answer."""


@dataclass(frozen=True)
class Received:
    """What one campaign knows about a person. `at` is when its recipients were chosen; `opened` and `clicked` hold, for
    each time, how many hours after it was sent."""

    campaign: str
    subject: str
    at: str
    outcome: str
    reason: str
    feedback: Sequence[str]
    opened: Sequence[int]
    clicked: Sequence[int]

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}


class Ledgers(Protocol):
    """Where outcomes are kept (`email_list.aws.campaign_table`)."""

    def get(self, campaign_id: str) -> Campaign | None: ...

    def plan_rows(self, campaign_id: str, first: int, last: int) -> Sequence[PlannedBatch]: ...

    def batch(self, campaign_id: str, number: int) -> Batch | None: ...


class Feedback(Protocol):
    """Where feedback is kept (`email_list.aws.feedback_table`)."""

    def rows(self, campaign_id: str, numbers: Collection[int]) -> Mapping[int, Row]: ...


class History:
    """Looks people up in the ledgers of campaigns."""

    def __init__(self, traces: Traces, ledgers: Ledgers, feedback: Feedback, clock: Clock = utc_now) -> None:
        self._traces = traces
        self._ledgers = ledgers
        self._feedback = feedback
        self._clock = clock

    def of(self, email: str, joined: Sequence[str]) -> list[Received]:
        """What campaigns know about a person who joined at these moments, newest first."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = threads.map(partial(self._in_campaign, email, joined), self._traces.campaigns(None))
            return [received for of_campaign in found for received in of_campaign]

    def in_batch(self, campaign_id: str, number: int, at: str, email: str) -> list[Received]:
        """What one batch of a sequence's step knows about a person, who was put into it at this moment."""
        campaign = self._ledgers.get(campaign_id)
        subject = campaign.subject if campaign else ""
        past = Past(campaign_id, None, at, number, complete=True, end="", subject=subject)
        return [
            self._received(past, number, position)
            for row in self._ledgers.plan_rows(campaign_id, number, number)
            for position, recipient in enumerate(row.recipients)
            if recipient == email
        ]

    def _in_campaign(self, email: str, joined: Sequence[str], campaign: Past) -> list[Received]:
        ranges = row_ranges(campaign, joined, self._traces, self._clock())
        found = {row.number: row for first, last in ranges for row in self._ledgers.plan_rows(campaign.id, first, last)}
        return [
            self._received(campaign, number, position)
            for number, row in found.items()
            for position, recipient in enumerate(row.recipients)
            if recipient == email
        ]

    def _received(self, campaign: Past, number: int, position: int) -> Received:
        batch = self._ledgers.batch(campaign.id, number)
        row = self._feedback.rows(campaign.id, [number])[number]
        outcome = Outcome(batch.outcomes[position]) if batch else Outcome.PENDING
        reason = (batch.reasons.get(position, "") if batch else "") or row.reasons.get(position, "")
        return Received(
            campaign=campaign.id,
            subject=campaign.subject,
            at=campaign.cutoff or "",
            outcome=outcome.name.lower(),
            reason=reason,
            feedback=[mark.value for mark in row.marks_of(position)],
            opened=row.opened_after(position),
            clicked=row.clicked_after(position),
        )
