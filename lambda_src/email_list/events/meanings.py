"""What SES's words mean for the list: the one table from bounces, complaints and readers to what follows from them.

SES's words: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS" (bounce types,
complaint types, `isBotEvent`), as of August 2026. Types of complaints are those of the feedback report that the mailbox
provider sent (RFC 5965, with RFC 6430 for `not-spam` and RFC 6591 for `auth-failure`).

A word that is not in the table is never guessed: nothing happens to the person, and the event is counted and shown as
`unclassified`, with the word as its reason.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Meaning(StrEnum):
    """What a bounce, a complaint or a subscription event says."""

    HARD_BOUNCE = "hard bounce"
    """The address does not exist, or accepts no email."""
    SOFT_BOUNCE = "soft bounce"
    """This email did not arrive, for a temporary or an unknown reason; an out-of-office reply looks the same."""
    MESSAGE_REFUSED = "message refused"
    """This email was refused for its content or its size, which says nothing about the address."""
    NOT_TRIED = "not tried"
    """SES did not try to deliver it, so nothing bounced and nobody complained."""
    COMPLAINT = "complaint"
    NO_COMPLAINT = "no complaint"
    """A report that is sent like a complaint but is none."""
    LEFT = "left"
    """The person wants no more emails."""
    UNCLASSIFIED = "unclassified"
    """SES used a word that this table does not know."""


NOT_TRIED = frozenset({"OnAccountSuppressionList", "OnTenantSuppressionList", "EmailValidationSuppressed"})
"""Subtypes of bounces and complaints for which SES made no attempt. The account's suppression list itself is read by
`sync_suppression`, which knows whether an address bounced or complained; Auto Validation only predicts."""

BOUNCES: Mapping[tuple[str, str], Meaning] = {
    ("Permanent", "General"): Meaning.HARD_BOUNCE,
    ("Permanent", "NoEmail"): Meaning.HARD_BOUNCE,
    # SES's own list, of addresses that have bounced recently for any of its customers; it counts as one of your
    # bounces.
    ("Permanent", "Suppressed"): Meaning.HARD_BOUNCE,
    ("Permanent", "UnsubscribedRecipient"): Meaning.LEFT,
    ("Transient", "General"): Meaning.SOFT_BOUNCE,
    ("Transient", "MailboxFull"): Meaning.SOFT_BOUNCE,
    ("Transient", "CustomTimeoutExceeded"): Meaning.SOFT_BOUNCE,
    ("Transient", "MessageTooLarge"): Meaning.MESSAGE_REFUSED,
    ("Transient", "ContentRejected"): Meaning.MESSAGE_REFUSED,
    ("Transient", "AttachmentRejected"): Meaning.MESSAGE_REFUSED,
    ("Undetermined", "Undetermined"): Meaning.SOFT_BOUNCE,
}
"""By type and subtype."""

_BOUNCES_WITHOUT_SUBTYPE: Mapping[str, Meaning] = {
    "Permanent": Meaning.HARD_BOUNCE,
    "Transient": Meaning.SOFT_BOUNCE,
    "Undetermined": Meaning.SOFT_BOUNCE,
}

COMPLAINTS: Mapping[str, Meaning] = {
    "abuse": Meaning.COMPLAINT,
    "fraud": Meaning.COMPLAINT,
    "virus": Meaning.COMPLAINT,
    "other": Meaning.COMPLAINT,
    # A reader has taken the email out of the junk folder.
    "not-spam": Meaning.NO_COMPLAINT,
    # A receiving server reports that SPF or DKIM failed; no reader has said anything.
    "auth-failure": Meaning.NO_COMPLAINT,
}
"""By the feedback report's type. Many providers send none: that is a complaint."""

BOTS: Mapping[str, bool] = {"Likely": True, "Unlikely": False}
"""Whether a machine opened or clicked, by `isBotEvent`."""

_MACHINE = re.compile(
    r"\AMozilla/5\.0\Z"  # and nothing else: Apple's Mail Privacy Protection, which loads every image
    r"|bot\b|crawler|spider|scanner|preview|headless|barracuda|mimecast|proofpoint"
    r"|python-|curl/|wget/|go-http-client|java/|okhttp|facebookexternalhit",
    re.IGNORECASE,
)
"""User agents without a person behind them. The image proxies of Gmail and Yahoo are not among them: they load images
when a person looks."""


def of_bounce(details: Mapping[str, Any]) -> Meaning:
    """What a bounce means, by the event's `bounce` object."""
    kind, subtype = details.get("bounceType"), details.get("bounceSubType")
    if subtype in NOT_TRIED:
        return Meaning.NOT_TRIED
    if not subtype:
        return _BOUNCES_WITHOUT_SUBTYPE.get(str(kind), Meaning.UNCLASSIFIED)
    return BOUNCES.get((str(kind), str(subtype)), Meaning.UNCLASSIFIED)


def of_complaint(details: Mapping[str, Any]) -> Meaning:
    """What a complaint means, by the event's `complaint` object."""
    subtype, feedback = details.get("complaintSubType"), details.get("complaintFeedbackType")
    if subtype:
        return Meaning.NOT_TRIED if subtype in NOT_TRIED else Meaning.UNCLASSIFIED
    if not feedback:
        return Meaning.COMPLAINT
    return COMPLAINTS.get(str(feedback).strip().lower(), Meaning.UNCLASSIFIED)


def is_machine(details: Mapping[str, Any]) -> bool:
    """Whether a machine opened or clicked, by the event's `open` or `click` object: SES's own word first, and the user
    agent's appearance if SES says nothing."""
    bot = BOTS.get(str(details.get("isBotEvent")))
    return bool(_MACHINE.search(str(details.get("userAgent") or "").strip())) if bot is None else bot
