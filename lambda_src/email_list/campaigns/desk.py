"""The desk: what an administrator does with campaigns."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from email_list import cursors
from email_list.campaigns import choosing, engagement
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import (
    RUNNING,
    Campaign,
    IllegalMoveError,
    Reason,
    ReasonCode,
    Status,
    is_id,
    new_id,
    sources,
    to_json,
)
from email_list.campaigns.feedback import FeedbackStore, Mark, Results, Row
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch
from email_list.campaigns.letters import Letter
from email_list.campaigns.store import CampaignStore, Move
from email_list.campaigns.sweeping import PlannerStarter, resume
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.errors import ConflictError, InvalidError, MalformedError, NotFoundError
from email_list.mail.letters import Content
from email_list.mail.warnings import Composed, Warnings
from email_list.people.segments import FindFilter
from email_list.people.subscribers import Status as SubscriberStatus
from email_list.people.subscribers import Subscriber

MAX_KEY = 200
ROWS_READ = 200
"""Ledger rows that one page of recipients reads at most."""

SOONEST = timedelta(minutes=-1)
LATEST = timedelta(days=365)
IMMINENT = timedelta(seconds=1)
"""A campaign this soon is started, not scheduled: EventBridge Scheduler takes whole seconds, and none in the past."""

_PRINTABLE = re.compile(r"[\x21-\x7e]+")

REQUEST_FIELDS = frozenset(
    {"subject", "body", "html", "text", "message", "template", "values", "defaults", "preheader", "language"}
    | {"audience", "schedule_at", "hold"}
)


class Schedule(Protocol):
    """One-time schedules (`email_list.aws.schedule`, or a fake in tests)."""

    def set(self, campaign_id: str, moment: datetime) -> None:
        """Start the campaign then. Scheduling it twice is harmless."""
        ...

    def remove(self, campaign_id: str) -> None:
        """Do not start it any more; nothing happens if there is no schedule."""
        ...


class Press(Protocol):
    """The part of SES that keeps and renders content (`email_list.aws.ses_press`, or a fake in tests)."""

    def store(self, template: str, content: Content) -> None:
        """Keep content as a template; nothing happens if it exists already."""
        ...

    def discard(self, template: str) -> None: ...

    def check(self, template: str, letter: Letter) -> None:
        """Render a template with sample values. InvalidError says why it cannot be rendered."""
        ...


@dataclass(frozen=True)
class Draft:
    """A request for a campaign, parsed and found valid."""

    composed: Composed
    audience: Audience
    schedule_at: datetime | None
    hold: bool


@dataclass(frozen=True)
class Created:
    """A campaign that was created, and what its author should know."""

    campaign: Campaign
    warnings: Warnings


class Desk:
    """Creates campaigns, shows them, and controls them."""

    def __init__(
        self,
        store: CampaignStore,
        feedback: FeedbackStore,
        press: Press,
        compose: Callable[[Mapping[str, Any]], Composed],
        find_filter: FindFilter,
        write: Callable[[Campaign, Subscriber], Letter],
        schedule: Schedule,
        starter: PlannerStarter,
        rate: Callable[[], float],
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._feedback = feedback
        self._rate = rate
        self._press = press
        self._compose = compose
        self._find_filter = find_filter
        self._write = write
        self._schedule = schedule
        self._starter = starter
        self._clock = clock

    def create(self, request: Mapping[str, Any], key: str | None = None) -> Created:
        """Store a campaign and start it: now, at `schedule_at` or, with `hold`, not until it is resumed.

        Repeating the same request with the same `key` returns the same campaign: every step here notices that it was
        already taken. ConflictError if the key was used for another request.
        """
        draft = self._read(request)
        campaign = self._new_campaign(draft, self._id(request, key))
        existing = self._store.get(campaign.id)
        if existing is None:
            self._print(campaign, draft.composed.content)
            self._store.create(campaign)
            existing = campaign
        due = from_iso(existing.schedule_at) if existing.schedule_at else self._clock()
        if existing.status is Status.SCHEDULED and due > self._clock() + IMMINENT:
            self._schedule.set(existing.id, due)
        elif existing.status in (Status.SCHEDULED, Status.PLANNING):
            self._starter.start(existing.id)
        return Created(existing, draft.composed.warnings)

    def get(self, campaign_id: str) -> Campaign:
        """NotFoundError if there is no such campaign."""
        campaign = self._store.get(campaign_id) if is_id(campaign_id) else None
        if campaign is None:
            raise NotFoundError("There is no such campaign.")
        return campaign

    def show(self, campaign: Campaign) -> dict[str, Any]:
        """The public shape of a campaign, with its current counts."""
        return to_json(campaign, self._store.tally(campaign.id))

    def progress(self, campaign: Campaign) -> dict[str, Any]:
        """How fast a running campaign may send (recipients a second), and when it will finish at that pace.

        Both are None for a campaign that is not running; the end is None until everybody is planned.
        """
        if campaign.status not in RUNNING:
            return {"rate_per_second": None, "estimated_end": None}
        rate = self._rate()
        end = None
        if campaign.plan.complete:
            remaining = campaign.plan.people - self._store.tally(campaign.id).people
            end = iso(self._clock() + timedelta(seconds=remaining / rate))
        return {"rate_per_second": round(rate, 2), "estimated_end": end}

    def feedback(self, campaign: Campaign) -> dict[str, Any]:
        """What has come back about a campaign's emails: the `results`, and `engagement` over time since sending."""
        sums = self._feedback.sums(campaign.id)
        return {"results": asdict(Results.of([sums])), "engagement": engagement.over_time(sums)}

    def page(self, limit: int, cursor: str | None) -> dict[str, Any]:
        """One page of campaigns, newest first."""
        before = cursors.decode(cursor, parts=1)[0] if cursor else None
        found = list(self._store.newest(limit + 1, before))
        more = cursors.encode([found[limit - 1].id]) if len(found) > limit else None
        return {"campaigns": [self.show(campaign) for campaign in found[:limit]], "cursor": more}

    def pause(self, campaign_id: str) -> Campaign:
        """Send nothing more until it is resumed; calls to SES that have begun are completed."""
        reason = Reason(ReasonCode.REQUESTED, "An administrator paused the campaign.")
        return self._move(campaign_id, Move(Status.PAUSED, at=iso(self._clock()), reason=reason))

    def cancel(self, campaign_id: str) -> Campaign:
        """Never send anything more; the ledger tells who received it."""
        campaign = self._move(campaign_id, Move(Status.CANCELLED, at=iso(self._clock())))
        if campaign.schedule_at is not None:
            self._schedule.remove(campaign_id)
        return campaign

    def resume(self, campaign_id: str) -> Campaign:
        """Continue where the campaign was paused."""
        campaign = self.get(campaign_id)
        resumed = resume(self._store, self._starter, campaign, self._clock)
        if resumed is None:
            raise _refusal(self.get(campaign_id), "resumed")
        return resumed

    def recipients(self, campaign_id: str, group: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
        """A page of the recipients in one group, or of all of them, in the order of the plan.

        A page ends at `limit` recipients, or after a number of ledger rows: it may be short, or empty, and still have a
        cursor.
        """
        campaign = self.get(campaign_id)
        wanted = _group(group)
        first, skip = _position(cursor) if cursor else (1, 0)
        found: list[dict[str, Any]] = []
        last = min(first + ROWS_READ - 1, campaign.plan.rows)
        states = {batch.number: batch for batch in self._store.batches(campaign_id, first, last)}
        feedback = self._feedback.rows_between(campaign_id, first, last)
        for row in self._store.plan_rows(campaign_id, first, last):
            members = _members(row, states.get(row.number), feedback.get(row.number, Row()), wanted)[skip:]
            room = limit - len(found)
            found += members[:room]
            if len(members) > room:
                position = cursors.encode([str(row.number), str(skip + room)])
                return {"recipients": found, "cursor": position}
            skip = 0
        more = cursors.encode([str(last + 1), "0"]) if last < campaign.plan.rows else None
        return {"recipients": found, "cursor": more}

    def _print(self, campaign: Campaign, content: Content) -> None:
        """Store a campaign's content with SES, if it can be rendered."""
        self._press.store(campaign.template, content)
        try:
            self._press.check(campaign.template, self._write(campaign, _sample("someone@example.com")))
        except InvalidError:
            self._press.discard(campaign.template)
            raise

    def _read(self, request: Mapping[str, Any]) -> Draft:
        unknown = sorted(str(name)[:40] for name in request.keys() - REQUEST_FIELDS)
        if unknown:
            raise InvalidError(f"A campaign has no field {', '.join(unknown)}.", details={"field": unknown[0]})
        hold = request.get("hold", False)
        if not isinstance(hold, bool):
            raise InvalidError("hold must be true or false.", details={"field": "hold"})
        return Draft(
            composed=self._compose(request),
            audience=choosing.read(request.get("audience"), self._find_filter),
            schedule_at=self._moment(request.get("schedule_at")),
            hold=hold,
        )

    def _moment(self, value: object) -> datetime | None:
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError
            moment = from_iso(value)
        except (ValueError, OverflowError) as error:
            message = "schedule_at must be a moment such as 2026-12-24T08:00:00+01:00, with its offset from UTC."
            raise InvalidError(message, details={"field": "schedule_at"}) from error
        now = self._clock()
        if not now + SOONEST <= moment <= now + LATEST:
            raise InvalidError(
                f"schedule_at must be in the future, at most {LATEST.days} days.", details={"field": "schedule_at"}
            )
        return moment

    def _new_campaign(self, draft: Draft, campaign_id: str) -> Campaign:
        now = iso(self._clock())
        status, reason = Status.PLANNING, None
        if draft.hold:
            status = Status.PAUSED
            reason = Reason(ReasonCode.HELD, "The campaign is waiting for an administrator to resume it.")
        elif draft.schedule_at:
            status = Status.SCHEDULED
        return Campaign(
            id=campaign_id,
            status=status,
            subject=draft.composed.subject,
            audience=draft.audience,
            variables=draft.composed.content.variables,
            defaults=draft.composed.content.defaults,
            created_at=now,
            updated_at=now,
            schedule_at=iso(draft.schedule_at) if draft.schedule_at else None,
            reason=reason,
        )

    def _id(self, request: Mapping[str, Any], key: str | None) -> str:
        fresh = new_id(self._clock())
        if not key:
            return fresh
        if len(key) > MAX_KEY or not _PRINTABLE.fullmatch(key):
            raise InvalidError(
                f"An Idempotency-Key can have at most {MAX_KEY} visible ASCII characters.",
                details={"field": "Idempotency-Key"},
            )
        fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        hashed = hashlib.sha256(key.encode()).hexdigest()
        campaign_id, known = self._store.remember_key(hashed, fresh, fingerprint)
        if known != fingerprint:
            message = "This Idempotency-Key was already used for another campaign."
            raise ConflictError(message, code="idempotency_key_reused", details={"campaign_id": campaign_id})
        return campaign_id

    def _move(self, campaign_id: str, move: Move) -> Campaign:
        campaign = self.get(campaign_id)
        moved = self._store.move(campaign_id, sources(move.to), move)
        if moved is None:
            raise _refusal(self.get(campaign.id), move.to.value)
        return moved


def _refusal(campaign: Campaign, wish: str) -> IllegalMoveError:
    message = f"The campaign is {campaign.status.value} and cannot be {wish}."
    return IllegalMoveError(message, details={"status": campaign.status.value})


def _sample(email: str) -> Subscriber:
    """Someone who is not on the list."""
    return Subscriber(email=email, status=SubscriberStatus.ACTIVE, subscribed_date="")


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
