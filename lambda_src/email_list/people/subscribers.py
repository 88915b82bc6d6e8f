"""Subscribers: who is on the list, in which status, and what is known about them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from email_list import fields


class Status(StrEnum):
    """Where a subscriber stands. Only `ACTIVE` people receive newsletters."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


SUPPRESSED = (Status.BOUNCED, Status.COMPLAINED)
"""Statuses that a sign-up does not lift: mail to these addresses harms the sender's reputation."""


UNSUBSCRIBE_REASONS = ("too_often", "not_relevant", "never_signed_up", "other")
"""What people may say on leaving, besides their own words."""

CONFIRMATION_LIFETIME = timedelta(days=7)
"""How long a sign-up waits for its confirmation, and the link to confirm it is good."""


@dataclass(frozen=True)
class Subscriber:
    """One person on the list. `email` is normalised, `subscribed_date` is ISO 8601 in UTC.

    `source` says how the person came: `form`, `api`, `operator`, `import:<id>`, or a word the form gave.
    """

    email: str
    status: Status
    subscribed_date: str
    name: str = ""
    topics: Sequence[str] = ()
    attributes: Mapping[str, fields.AttributeValue] = field(default_factory=dict)
    source: str = ""

    def to_json(self) -> dict[str, Any]:
        """The public shape of a subscriber, as every listing gives it."""
        return asdict(self)


class Confirmation(StrEnum):
    """What a press of the confirming button did."""

    DONE = "done"
    AGAIN = "again"
    OVER = "over"
    """The request is unknown, answered otherwise, or expired."""


@dataclass(frozen=True)
class Page:
    """Part of a listing; `cursor` continues it, None at its end."""

    subscribers: Sequence[Subscriber]
    cursor: str | None


@dataclass(frozen=True)
class Evidence:
    """Who asked for something, as far as a request shows it: proof of consent for those who must give one."""

    at: str
    ip: str = ""
    user_agent: str = ""
    source: str = ""
    wording: str = ""

    def to_json(self) -> dict[str, str]:
        """The fields that are known."""
        return {name: value for name, value in asdict(self).items() if value}
