"""SES's events, as its event publishing sends them through SNS and SQS (SES developer guide, "event data")."""

import json
from collections.abc import Mapping
from typing import Any

from email_list.clock import from_iso, iso
from email_list.settlement import EventKind, MailEvent


class UnreadableEventError(ValueError):
    """The message is no event of SES."""


def read(body: str) -> Mapping[str, Any]:
    """The event in the body of an SQS message, with or without SNS's envelope."""
    try:
        document = json.loads(body)
        if isinstance(document, dict) and document.get("Type") == "Notification":
            document = json.loads(document["Message"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableEventError("not JSON") from error
    if not isinstance(document, dict):
        raise UnreadableEventError("not an object")
    return document


def of_campaign(event: Mapping[str, Any]) -> MailEvent | None:
    """What the event says about a recipient of a campaign; None for every other event."""
    kind = event.get("eventType") or event.get("notificationType")
    mail = event.get("mail")
    if kind not in list(EventKind) or not isinstance(mail, Mapping):
        return None
    tags = mail.get("tags") or {}
    campaign, batch, recipient = (_first(tags.get(name)) for name in ("campaign", "batch", "recipient"))
    if not (campaign and batch.isdigit() and recipient.isdigit()):
        return None
    try:
        at = iso(from_iso(mail["timestamp"]))
    except (KeyError, ValueError, TypeError) as error:
        raise UnreadableEventError("no moment of sending") from error
    return MailEvent(EventKind(kind), campaign, int(batch), int(recipient), at, _reason(event))


def _first(values: Any) -> str:
    """A tag's value; SES gives lists."""
    if isinstance(values, list) and values and isinstance(values[0], str):
        return values[0]
    return ""


def _reason(event: Mapping[str, Any]) -> str:
    reject, failure = event.get("reject") or {}, event.get("failure") or {}
    return str(reject.get("reason") or failure.get("errorMessage") or "")
