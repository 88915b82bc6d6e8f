"""SES's events, as its event publishing sends them through SNS and SQS.

Shapes: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS", and for feedback that is
set up on an identity "Amazon SNS notification contents". Parts that the guide calls optional may be missing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contract import MAX_DESTINATIONS
from email_list import addresses
from email_list.clock import from_iso, iso
from email_list.errors import InvalidAddressError
from email_list.events import meanings
from email_list.events.meanings import Meaning

GREETINGS = ("Successfully validated SNS topic for Amazon SES",)
"""How the plain text begins that SES publishes to a topic when it becomes an event destination. This was observed, and
is not documented."""

MAX_REASON = 80


class UnreadableEventError(ValueError):
    """The message is not an SES event, or lacks an essential part."""


class Kind(StrEnum):
    """What happened to an email. The value is SES's own name."""

    SEND = "Send"
    DELIVERY = "Delivery"
    BOUNCE = "Bounce"
    COMPLAINT = "Complaint"
    REJECT = "Reject"
    RENDERING_FAILURE = "Rendering Failure"
    DELIVERY_DELAY = "DeliveryDelay"
    OPEN = "Open"
    CLICK = "Click"
    SUBSCRIPTION = "Subscription"


_DETAILS = {Kind.RENDERING_FAILURE: "failure", Kind.DELIVERY_DELAY: "deliveryDelay"}
"""The name under which an event has its details, if that is not the kind in lower case."""

_RECIPIENTS = {
    Kind.DELIVERY: "recipients",
    Kind.BOUNCE: "bouncedRecipients",
    Kind.COMPLAINT: "complainedRecipients",
    Kind.DELIVERY_DELAY: "delayedRecipients",
}
"""Where the details say whom they are about."""

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._-]+")


@dataclass(frozen=True)
class Place:
    """Whose email it is in a campaign's ledger, according to its tags."""

    campaign: str
    batch: int
    position: int


@dataclass(frozen=True)
class Event:
    """One event about one email.

    `sent_at` is when SES accepted the email, `at` when the event happened. `people` are the addresses it is about,
    normalised. `place` is None for emails outside campaigns; these have a `purpose`. `meaning` is what a bounce, a
    complaint or a subscription event says; for an open or click, `machine` says that no person did it. `tracked` says
    that opens and clicks of the email are known.
    """

    kind: Kind
    message: str
    sent_at: str
    at: str
    people: tuple[str, ...]
    place: Place | None = None
    reason: str = ""
    meaning: Meaning | None = None
    machine: bool = False
    link: str = ""
    purpose: str = ""
    tracked: bool = False


def read(body: str) -> Event | None:
    """The event in the body of an SQS message, with or without SNS's envelope; None for SES's greeting to a topic."""
    text = _text(body)
    if text.startswith(GREETINGS):
        return None
    document = _parse(text)
    name = document.get("eventType") or document.get("notificationType")
    if name == "AmazonSnsSubscriptionSucceeded":
        return None
    try:
        kind = Kind(name)
    except ValueError as error:
        raise UnreadableEventError(f"unknown kind of event {str(name)[:40]!r}") from error
    mail = document.get("mail")
    if not isinstance(mail, Mapping):
        raise UnreadableEventError(f"{kind.value} without `mail`")
    details = document.get(_DETAILS.get(kind, kind.value.lower())) or {}
    if not isinstance(details, Mapping):
        raise UnreadableEventError(f"{kind.value} whose details are no object")
    return _event(kind, mail, details)


def _text(body: str) -> str:
    """What was published, taken out of SNS's envelope if there is one."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if isinstance(document, dict) and document.get("Type") == "Notification":
        return str(document.get("Message"))
    return body


def _parse(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableEventError("not JSON") from error
    if not isinstance(document, dict):
        raise UnreadableEventError("not an object")
    return document


def _event(kind: Kind, mail: Mapping[str, Any], details: Mapping[str, Any]) -> Event:
    message = mail.get("messageId")
    if not isinstance(message, str) or not message:
        raise UnreadableEventError(f"{kind.value} without a message id")
    sent_at = _moment(mail.get("timestamp"))
    if sent_at is None:
        raise UnreadableEventError(f"{kind.value} without the moment of sending")
    if kind is Kind.BOUNCE and not isinstance(details.get("bounceType"), str):
        raise UnreadableEventError("Bounce without a type")
    reads = kind in (Kind.OPEN, Kind.CLICK)
    tags = _tags(mail.get("tags"))
    return Event(
        kind=kind,
        message=message,
        sent_at=sent_at,
        at=_moment(details.get("timestamp")) or sent_at,
        people=_people(kind, mail, details),
        place=_place(tags),
        purpose=tags.get("purpose", ""),
        tracked=bool(tags.get("tracked")),
        reason=_reason(kind, details),
        meaning=_meaning(kind, details),
        machine=reads and meanings.is_machine(details),
        link=str(details.get("link") or "") if reads else "",
    )


def _moment(value: object) -> str | None:
    try:
        return iso(from_iso(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _people(kind: Kind, mail: Mapping[str, Any], details: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom the event is about: the people its details name, but in the spelling to which the email was sent.

    A provider may name an address to which it forwarded the email; with a single recipient, that one is meant.
    """
    addressed = _addresses(mail.get("destination"))
    named = _addresses(details.get(_RECIPIENTS.get(kind, "")))
    if not named or (len(addressed) == 1 and not set(named) & set(addressed)):
        return addressed
    return tuple(address for address in named if address in addressed) or named


def _addresses(values: object) -> tuple[str, ...]:
    found = []
    for value in values if isinstance(values, list) else ():
        text = value.get("emailAddress") if isinstance(value, Mapping) else value
        try:
            found.append(addresses.normalise(str(text).rpartition("<")[2].rstrip("> ")))
        except InvalidAddressError:
            continue
    return tuple(dict.fromkeys(found))


def _place(tags: Mapping[str, str]) -> Place | None:
    campaign, batch, position = (tags.get(name, "") for name in ("campaign", "batch", "recipient"))
    if not campaign:
        return None
    if not (_is_number(batch) and _is_number(position) and int(position) < MAX_DESTINATIONS):
        raise UnreadableEventError("a campaign's email without a place in its ledger")
    return Place(campaign, int(batch), int(position))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 7


def _tags(tags: object) -> Mapping[str, str]:
    """The value of each tag, for which SES sends a list."""
    lists = tags.items() if isinstance(tags, dict) else ()
    return {name: each[0] for name, each in lists if isinstance(each, list) and each and isinstance(each[0], str)}


def _reason(kind: Kind, details: Mapping[str, Any]) -> str:
    """Why, in SES's words as far as they identify nobody."""
    match kind:
        case Kind.BOUNCE:
            recipients = details.get("bouncedRecipients")
            first = recipients[0] if isinstance(recipients, list) and recipients else {}
            status = first.get("status") if isinstance(first, Mapping) else None
            words = [details.get("bounceType"), details.get("bounceSubType"), status]
        case Kind.COMPLAINT:
            words = [details.get("complaintFeedbackType"), details.get("complaintSubType")]
        case Kind.REJECT:
            words = [details.get("reason")]
        case Kind.RENDERING_FAILURE:
            return str(details.get("errorMessage") or "")
        case Kind.DELIVERY_DELAY:
            words = [details.get("delayType")]
        case _:
            words = []
    plain = (_NOT_PLAIN.sub(" ", str(word)).strip() for word in words if word)
    return " ".join(plain)[:MAX_REASON]


def _meaning(kind: Kind, details: Mapping[str, Any]) -> Meaning | None:
    match kind:
        case Kind.BOUNCE:
            return meanings.of_bounce(details)
        case Kind.COMPLAINT:
            return meanings.of_complaint(details)
        case Kind.SUBSCRIPTION:
            # The new preferences are: nothing at all.
            wishes = details.get("newTopicPreferences")
            leaves = isinstance(wishes, Mapping) and wishes.get("unsubscribeAll") is True
            return Meaning.LEFT if leaves else None
    return None
