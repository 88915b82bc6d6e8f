"""Whom a campaign is for, and what happened to each, page by page from its ledger."""

from collections.abc import Mapping
from typing import Any

from email_list import cursors
from email_list.campaigns.campaign import Campaign
from email_list.campaigns.feedback import FeedbackStore, Mark, Row
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch
from email_list.campaigns.store import CampaignStore
from email_list.errors import InvalidError, MalformedError

ROWS_READ = 200
"""Ledger rows that one page of recipients reads at most."""


def page(
    store: CampaignStore, feedback: FeedbackStore, campaign: Campaign, group: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of the recipients in one group, or of all of them, in the order of the plan.

    A page ends at `limit` recipients, or after a number of ledger rows: it may be short, or empty, and still have a
    cursor.
    """
    wanted = _group(group)
    first, skip = _position(cursor) if cursor else (1, 0)
    found: list[dict[str, Any]] = []
    last = min(first + ROWS_READ - 1, campaign.plan.rows)
    states = store.batches(campaign.id, range(first, last + 1))
    marks = feedback.rows_between(campaign.id, first, last)
    for row in store.plan_rows(campaign.id, first, last):
        members = _members(row, states.get(row.number), marks.get(row.number, Row()), wanted)[skip:]
        room = limit - len(found)
        found += members[:room]
        if len(members) > room:
            position = cursors.encode([str(row.number), str(skip + room)])
            return {"recipients": found, "cursor": position}
        skip = 0
    more = cursors.encode([str(last + 1), "0"]) if last < campaign.plan.rows else None
    return {"recipients": found, "cursor": more}


def _position(cursor: str) -> tuple[int, int]:
    """A row of the ledger and how many of its members have already been shown."""
    row, skip = cursors.decode(cursor, parts=2)
    if not (row.isascii() and row.isdigit() and skip.isascii() and skip.isdigit()):
        raise MalformedError("The cursor belongs to another listing.", code="invalid_cursor")
    return int(row), int(skip)


RECIPIENT_GROUPS: Mapping[str, Outcome | Mark | None] = {
    "planned": None,
    **{outcome.name.lower(): outcome for outcome in Outcome},
    **{mark.value: mark for mark in Mark},
}
"""The groups of a campaign's recipients: all of them, those with an outcome, and those about whom something came
back."""


def _group(name: str | None) -> Outcome | Mark | None:
    name = name or "planned"
    if name not in RECIPIENT_GROUPS:
        raise InvalidError(f"group must be one of {', '.join(RECIPIENT_GROUPS)}.", details={"field": "group"})
    return RECIPIENT_GROUPS[name]


def _members(
    row: PlannedBatch, state: Batch | None, feedback: Row, wanted: Outcome | Mark | None
) -> list[dict[str, Any]]:
    batch = state or Batch.untouched(row)
    members = []
    for position, email in enumerate(row.recipients):
        outcome, marks = Outcome(batch.outcomes[position]), feedback.marks_of(position)
        if wanted is None or wanted is outcome or wanted in marks:
            member: dict[str, Any] = {"email": email, "outcome": outcome.name.lower(), "feedback": marks}
            if reason := batch.reasons.get(position) or feedback.reasons.get(position):
                member["reason"] = reason
            members.append(member)
    return members
