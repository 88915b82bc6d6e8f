"""Subscribers: who is on the list, in which status, and how they come and go."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from email_list import addresses, fields
from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError


class Status(StrEnum):
    """Where a subscriber stands. Only `ACTIVE` people receive newsletters."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


SUPPRESSED = (Status.BOUNCED, Status.COMPLAINED)
"""Statuses that a sign-up does not lift: mail to these addresses harms the sender's reputation."""


@dataclass(frozen=True)
class Subscriber:
    """One person on the list. `email` is normalised, `subscribed_date` is ISO 8601 in UTC."""

    email: str
    status: Status
    subscribed_date: str
    name: str = ""
    topics: Sequence[str] = ()
    attributes: Mapping[str, fields.AttributeValue] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The public shape of a subscriber, as every listing gives it."""
        return asdict(self)


@dataclass(frozen=True)
class Page:
    """Part of a listing; `cursor` continues it, None at its end."""

    subscribers: Sequence[Subscriber]
    cursor: str | None


class SubscriberStore(Protocol):
    """Where subscribers are kept (`email_list.aws.subscriber_table`, or a fake in tests)."""

    def add(self, subscriber: Subscriber) -> bool:
        """Store a new or returning person. False when the address is active or suppressed already."""
        ...

    def unsubscribe(self, email: str, at: str) -> None:
        """Make the person `unsubscribed`; nothing happens to someone who is not on the list or has left."""
        ...

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page:
        """Up to `limit` people of one status, newest first; without a status, of all of them."""
        ...

    def count(self, status: Status | None) -> int:
        """How many people have this status; without one, how many there are."""
        ...


def subscribe(request: Mapping[str, Any], store: SubscriberStore, clock: Clock = utc_now) -> Subscriber:
    """Put a person on the list at once.

    ConflictError when the address is there already or must not be mailed again.
    """
    subscriber = Subscriber(
        email=addresses.normalise(request.get("email")),
        name=fields.name(request.get("name")),
        attributes=fields.attributes(request.get("attributes")),
        status=Status.ACTIVE,
        subscribed_date=iso(clock()),
    )
    if not store.add(subscriber):
        raise ConflictError("This address is already subscribed.", code="already_subscribed")
    return subscriber
