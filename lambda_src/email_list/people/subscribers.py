"""Subscribers: who is on the list, in which status, and what is known about them."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

AttributeValue = str | int | bool


class Status(StrEnum):
    """Where a subscriber stands. Only `ACTIVE` people receive newsletters."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


ON_ACCOUNT_LIST = "on the account's suppression list"
"""Why a person was suppressed whom no event of this list speaks of."""

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
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    source: str = ""

    @property
    def id(self) -> str:
        """The person's address in letters that every path can hold, which an address itself cannot always be."""
        return base64.urlsafe_b64encode(self.email.encode()).rstrip(b"=").decode()

    def to_json(self) -> dict[str, Any]:
        """The public shape of a subscriber, as every listing gives it."""
        return {"id": self.id, **asdict(self)}


def email_of(id_: str) -> str | None:
    """The address of the person with this id; None where it is nobody's id."""
    try:
        email = base64.urlsafe_b64decode(id_ + "=" * (-len(id_) % 4)).decode()
    except ValueError:
        return None
    # What is left of an erased person has a key that is no address.
    return email if "@" in email else None


JOINING = frozenset({"subscribed", "confirmed", "imported", "reactivated"})
"""What the history of a person calls coming onto the list."""

_WHERE_STORED = ("consent", "history", "requested", "confirmation_sent", "unsubscribed_date", "unsubscribe_reason")


@dataclass(frozen=True)
class Record(Subscriber):
    """Everything that is known about a person.

    `consent` is the evidence of it by step, `history` what happened to their subscription and when, `requested` what a
    sign-up that is not confirmed asks for; `import_row` is the row of the import that `source` names.
    """

    consent: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    requested: Mapping[str, Any] | None = None
    confirmation_sent: str | None = None
    unsubscribed_date: str | None = None
    unsubscribe_reason: str | None = None
    import_row: int | None = None

    @property
    def joined(self) -> list[str]:
        """The moments at which they came onto the list, by one of which a campaign knows them."""
        return sorted({self.subscribed_date, *(event["at"] for event in self.history if event["what"] in JOINING)})

    def to_json(self) -> dict[str, Any]:
        """The public shape of a subscriber, and whatever else is known that is of interest to them."""
        known = {"id": self.id, **asdict(self)}
        del known["import_row"]
        return {name: value for name, value in known.items() if value or name not in _WHERE_STORED}


class Erased:
    """Somebody who was erased: nothing but a keyed hash is left of them."""


ERASED = Erased()


@dataclass(frozen=True)
class Imported:
    """A person in a row of an import: the row's number, and what the file says of their consent, in its own words."""

    person: Subscriber
    row: int
    proof: Mapping[str, str] = field(default_factory=dict)


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
