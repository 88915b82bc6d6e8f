"""Campaigns: one newsletter to one audience, and the states it passes through.

                      +------------------------------------------+
                      |                                          v
    scheduled --> planning --> sending --> sent       failed (too late)
        |            | ^         | ^
        |            v |         v |
        |           paused <-----+ |
        |              +-----------+
        +--> cancelled   <-- from planning, sending and paused as well

A campaign may be created `paused`, to be tested first; resumed before its moment has come, it is `scheduled`. While it
is `planning`, what is planned is sent already.
"""

import functools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from email_list.campaigns.audience import Audience
from email_list.errors import ConflictError


class Status(StrEnum):
    """The status of a campaign."""

    SCHEDULED = "scheduled"
    PLANNING = "planning"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"
    FAILED = "failed"


MOVES: Mapping[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.PLANNING, Status.CANCELLED, Status.FAILED}),
    Status.PLANNING: frozenset({Status.SENDING, Status.PAUSED, Status.CANCELLED}),
    Status.SENDING: frozenset({Status.SENT, Status.PAUSED, Status.CANCELLED}),
    Status.PAUSED: frozenset({Status.SCHEDULED, Status.PLANNING, Status.SENDING, Status.CANCELLED}),
    Status.SENT: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.FAILED: frozenset(),
}
"""Every transition there is. Stores apply one only to a campaign that still has one of the statuses it starts from."""

RUNNING = frozenset({Status.PLANNING, Status.SENDING})
"""Statuses in which emails are sent."""

EDITABLE = frozenset({Status.SCHEDULED, Status.PAUSED})
"""Statuses in which a campaign that has not begun may be changed."""

FINAL = frozenset(status for status, following in MOVES.items() if not following)


def sources(target: Status) -> frozenset[Status]:
    """The statuses from which a campaign may move to `target`."""
    return frozenset(status for status, following in MOVES.items() if target in following)


class IllegalMoveError(ConflictError):
    """The campaign's status does not allow this."""

    code = "illegal_move"


class ReasonCode(StrEnum):
    """Why a campaign is paused or failed."""

    REQUESTED = "requested"
    HELD = "held"
    DAILY_QUOTA = "daily_quota"
    SENDING_SUSPENDED = "sending_suspended"
    REFUSED_BY_SES = "refused_by_ses"
    TOO_LATE = "too_late"
    WARM_UP = "warm_up"
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    GMAIL_SPAM = "gmail_spam"


@dataclass(frozen=True)
class Reason:
    """Why, for programs and for people."""

    code: ReasonCode
    message: str

    def to_json(self) -> dict[str, str]:
        return {"code": self.code.value, "message": self.message}


@dataclass(frozen=True)
class Position:
    """A place in the walk through the active subscribers: that of one person, in order of `subscribed_date`."""

    subscribed_date: str
    email: str


@dataclass(frozen=True)
class Plan:
    """How far a campaign is planned. It only grows, and always describes the first `rows` rows of the ledger.

    `batches` counts the rows with recipients, `people` the recipients in them; `position` is where the last row ended.
    """

    rows: int = 0
    batches: int = 0
    people: int = 0
    position: Position | None = None
    complete: bool = False


class Gate(NamedTuple):
    """How far a campaign may be sent while the domain is warming up: to all of the better bands of readers, and to this
    one up to a position in a row of the ledger."""

    band: str
    row: int
    position: int


@dataclass(frozen=True)
class Campaign:
    """One campaign, apart from its ledger. Moments are ISO 8601 in UTC; `id`s sort by the moment of creation.

    `variables` and `defaults` are those of its content (`letters.Content`), which itself is an SES template. `cutoff`
    is the moment the campaign started, and freezes the audience: anyone who joins later is not in it. `batch_size` is
    fixed with it, so that every planner cuts the same batches. `resume_at` is when a paused campaign is looked at again
    without being asked. `edits` counts its edits, `edition` names the letter that the latest of them brought, empty for
    the first letter; `archived` takes it out of the list. `gate` is set while a warm-up decides who comes first.
    A `public` one has a web version that everybody may read; `title` and `summary` are how any web version is titled
    and begins, empty if none is kept. What a sequence sends in one step
    is a campaign as well, with batches but without a plan, and `sequence` names it.
    """

    id: str
    status: Status
    subject: str
    created_at: str
    updated_at: str
    audience: Audience = field(default_factory=Audience)
    variables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    schedule_at: str | None = None
    cutoff: str | None = None
    batch_size: int = 0
    plan: Plan = field(default_factory=Plan)
    reason: Reason | None = None
    resume_at: str | None = None
    finished_at: str | None = None
    edits: int = 0
    edition: str = ""
    archived: bool = False
    gate: Gate | None = None
    public: bool = False
    title: str = ""
    summary: str = ""
    sequence: str = ""

    @property
    def template(self) -> str:
        """The SES template of the campaign's present letter, without the stack's prefix."""
        return "-".join(filter(None, (template_of(self.id), self.edition)))


@dataclass(frozen=True)
class Tally:
    """What has happened to a campaign's recipients so far, and how many batches are done.

    `tracked` are those whose opens and clicks are known. `accepted_at` is when the latest batch was claimed from which
    SES accepted an email, `updated_at` when an outcome was last recorded.
    """

    sent: int = 0
    failed: int = 0
    skipped: int = 0
    unknown: int = 0
    tracked: int = 0
    batches: int = 0
    accepted_at: str | None = None
    updated_at: str | None = None

    @property
    def people(self) -> int:
        """Recipients with an outcome."""
        return self.sent + self.failed + self.skipped + self.unknown


def is_complete(campaign: Campaign, tally: Tally) -> bool:
    """Whether every planned recipient has an outcome, and nobody remains to be planned."""
    plan = campaign.plan
    return plan.complete and tally.batches == plan.batches and tally.people == plan.people


def to_json(campaign: Campaign, tally: Tally, web_url: str | None = None) -> dict[str, Any]:
    """The API's shape of a campaign; `web_url` is the address of its web version, if it is public."""
    return {
        "id": campaign.id,
        "status": campaign.status.value,
        "subject": campaign.subject,
        "audience": campaign.audience.to_json(),
        "created_at": campaign.created_at,
        "updated_at": max(campaign.updated_at, tally.updated_at or ""),
        "schedule_at": campaign.schedule_at,
        "started_at": campaign.cutoff,
        "finished_at": campaign.finished_at,
        "reason": campaign.reason.to_json() if campaign.reason else None,
        "resume_at": campaign.resume_at,
        "planning_complete": campaign.plan.complete,
        "archived": campaign.archived,
        "public": campaign.public,
        "web_url": web_url,
        "tracked": tally.tracked,
        "counts": {
            "planned": campaign.plan.people,
            "sent": tally.sent,
            "failed": tally.failed,
            "skipped": tally.skipped,
            "unknown": tally.unknown,
            "pending": max(0, campaign.plan.people - tally.people),
        },
    }


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 26

STEP = "S"
"""How the ids begin of what a sequence sends in one step (`email_list.sequences`). No campaign's does for 30,000 years:
ids begin with the time."""


def new_id(moment: datetime) -> str:
    """26 characters: 10 of time in milliseconds, 16 random ones, so that ids sort by time and cannot be guessed."""
    number = int(moment.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def template_of(campaign_id: str) -> str:
    """The SES template of a campaign's first letter, even if the campaign was never stored."""
    return f"campaign-{campaign_id}"


def moment_of(campaign_id: str) -> datetime:
    """When an id was made."""
    number = functools.reduce(lambda known, digit: known << 5 | _ALPHABET.index(digit), campaign_id, 0)
    return datetime.fromtimestamp((number >> 80) / 1000, UTC)


def is_id(text: str) -> bool:
    """Whether this could be a campaign's id."""
    return len(text) == ID_LENGTH and set(text) <= set(_ALPHABET)
