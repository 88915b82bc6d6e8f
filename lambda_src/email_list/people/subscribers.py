"""Subscribers: who is on the list, with which status, and what is known about them."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

AttributeValue = str | int | bool


class Status(StrEnum):
    """A subscriber's status. Only `ACTIVE` people receive newsletters."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


ON_ACCOUNT_LIST = "on the account's suppression list"
"""Why a person was suppressed about whom there is no event of this list."""

SUPPRESSED = (Status.BOUNCED, Status.COMPLAINED)
"""Statuses that a sign-up does not lift: emails to these addresses harm the sender's reputation."""


UNSUBSCRIBE_REASONS = ("too_often", "not_relevant", "never_signed_up", "other")
"""What people may say on leaving, in addition to their own words."""

CONFIRMATION_LIFETIME = timedelta(days=7)
"""How long a sign-up waits for its confirmation, and the confirmation link is valid."""


@dataclass(frozen=True)
class Subscriber:
    """One person on the list. `email` is normalised, `subscribed_date` is ISO 8601 in UTC.

    `source` says how the person came: `form`, `api`, `operator`, `import:<id>`, or a word that the form supplied.
    `language` is that of the form they used; `opened_on` and `clicked_on` are the last days on which they did, where
    that is tracked; `tracked` says whether they agree to that. `nonce` is part of the links to what is stored about
    them and is never shown: it ends with the record, and so do the links, so that none of them opens a later record of
    the same address. Records from before nonces existed have none.
    """

    email: str
    status: Status
    subscribed_date: str
    name: str = ""
    topics: Sequence[str] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    source: str = ""
    language: str = ""
    opened_on: str = ""
    clicked_on: str = ""
    nonce: str = field(default="", repr=False)
    tracked: bool = False

    @property
    def id(self) -> str:
        """What identifies the person in paths and in the audit."""
        return id_of(self.email)

    def to_json(self) -> dict[str, Any]:
        """The public shape of a subscriber, as in every listing."""
        return {"id": self.id, **_known(asdict(self))}


def id_of(email: str) -> str:
    """A person's address in characters that every path can hold, which is not always true of the address itself."""
    return base64.urlsafe_b64encode(email.encode()).rstrip(b"=").decode()


def email_of(id_: str) -> str | None:
    """The address of the person with this id; None if it is nobody's id."""
    try:
        email = base64.urlsafe_b64decode(id_ + "=" * (-len(id_) % 4)).decode()
    except ValueError:
        return None
    # What is kept of an erased person has a key that is not an address.
    return email if "@" in email else None


JOINING = frozenset({"subscribed", "confirmed", "imported", "reactivated"})
"""What a person's history calls joining the list."""

VOUCHED = "vouched for by an administrator"
"""What stands for the wording of a consent that somebody else answers for."""

_WHERE_KNOWN = (
    *("language", "opened_on", "clicked_on", "tracked"),
    *("consent", "history", "unsubscribed_date", "unsubscribe_reason"),
)


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of a person's fields."""
    return {name: value for name, value in fields.items() if name != "nonce" and (value or name not in _WHERE_KNOWN)}


@dataclass(frozen=True)
class Record(Subscriber):
    """Everything that is known about a person.

    `consent` is the evidence of it by step, `history` what happened to their subscription and when; `import_row` is the
    row of the import that `source` names, `updated_by` the row of the last import that changed something
    (`Imported.mark`).
    """

    consent: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    unsubscribed_date: str | None = None
    unsubscribe_reason: str | None = None
    import_row: int | None = None
    updated_by: Mapping[str, Any] | None = None

    @property
    def left_at(self) -> str:
        """When someone who unsubscribed did so, as far as it is known; otherwise when they joined."""
        return self.unsubscribed_date or self.subscribed_date

    @property
    def has_joined(self) -> bool:
        """Whether they are, or have ever been, on the list."""
        return self.status is Status.ACTIVE or any(event["what"] in JOINING for event in self.history)

    @property
    def vouched_for(self) -> bool:
        """Whether somebody else answered for their consent when they joined."""
        return self.consent.get("subscribed", {}).get("wording") == VOUCHED

    @property
    def joined(self) -> list[str]:
        """The moments at which they joined the list, by one of which a campaign knows them."""
        return sorted({self.subscribed_date, *(event["at"] for event in self.history if event["what"] in JOINING)})

    def to_json(self) -> dict[str, Any]:
        """The public shape of a subscriber, and whatever else is known that is of interest to them."""
        known = super().to_json()
        del known["import_row"], known["updated_by"]
        return known


class Erased:
    """Someone who was erased: only a keyed hash is kept of them."""


ERASED = Erased()


@dataclass(frozen=True)
class Imported:
    """A person in a row of an import: the row's number, and what the file says about their consent, in its own words.

    `names_topics` says whether the file has a column of topics; without one, these are all topics.
    """

    person: Subscriber
    row: int
    proof: Mapping[str, str] = field(default_factory=dict)
    names_topics: bool = False

    @property
    def mark(self) -> dict[str, Any]:
        """What tells this row from all others: the import, and its number."""
        return {"source": self.person.source, "row": self.row}


Changes = Mapping[str, Any]
"""New values of a person's name, topics, language and attributes, the latter as a whole."""


@dataclass(frozen=True)
class Page:
    """Part of a listing; `cursor` continues it, None at the end."""

    subscribers: Sequence[Subscriber]
    cursor: str | None


@dataclass(frozen=True)
class Evidence:
    """Who asked for something, as far as a request shows it: proof of consent for those who must provide one."""

    at: str
    ip: str = ""
    user_agent: str = ""
    source: str = ""
    wording: str = ""
    tracking: str = ""
    """What they agreed to besides, if they agreed to their opens and clicks being known."""

    def to_json(self) -> dict[str, str]:
        """The fields that are known."""
        return {name: value for name, value in asdict(self).items() if value}
