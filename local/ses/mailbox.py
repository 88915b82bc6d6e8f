"""Emails that were accepted, and the mailbox they arrive in.

An email keeps what it was sent with, not what it looks like: a template's version and data weigh far less than
the text made of them, and a benchmark stores a hundred thousand. It is rendered when somebody looks.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import format_datetime
from typing import Any, Protocol

from local.ses import addresses, mime
from local.ses.identities import REGION
from local.ses.templates import CompiledTemplate, Rendered, parse_data
from local.ses.tracking import with_tracking

FEEDBACK_IDS = ("ses:feedback-id-a", "ses:feedback-id-b")
"""Tags whose values SES puts into the header `Feedback-ID`."""


class Content(Protocol):
    def rendered(self) -> Rendered: ...


@dataclass(frozen=True, slots=True)
class SimpleContent:
    subject: str
    text: str | None
    html: str | None

    def rendered(self) -> Rendered:
        return Rendered(self.subject, self.text, self.html)


@dataclass(frozen=True, slots=True)
class TemplatedContent:
    """A template with the data for one recipient. `defaults` is shared by all emails of a bulk call."""

    template: CompiledTemplate
    defaults: dict[str, Any]
    replacement: str | None  # JSON text

    def rendered(self) -> Rendered:
        """Raises `RenderingError`."""
        return self.template.render(_merged(self.defaults, parse_data(self.replacement)))


@dataclass(frozen=True, slots=True)
class RawContent:
    data: bytes

    def message(self) -> EmailMessage:
        message = message_from_bytes(self.data, policy=default_policy)
        assert isinstance(message, EmailMessage)
        return message

    def rendered(self) -> Rendered:
        message = self.message()
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        return Rendered(
            message["Subject"] or "",
            text.get_content() if text else None,
            html.get_content() if html else None,
        )


def _merged(defaults: dict[str, Any], replacement: dict[str, Any]) -> dict[str, Any]:
    """Replacement data over default data, key by key and into nested objects; lists are replaced whole.

    The documentation shows whole objects only. This is what the real service was measured to do
    (https://github.com/domdomegg/aws-ses-v2-local/pull/103).
    """
    merged = {**defaults, **replacement}
    for key, value in replacement.items():
        inherited = defaults.get(key)
        if isinstance(value, dict) and isinstance(inherited, dict):
            merged[key] = _merged(inherited, value)
    return merged


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all emails of one call share."""

    operation: str
    sender: str  # the From header
    identity: str
    reply_to: tuple[str, ...]
    configuration_set: str | None
    tracked: frozenset[str] = frozenset()  # what SES is to hear of: OPEN, CLICK


@dataclass(frozen=True, slots=True)
class Destination:
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    recipients: tuple[str, ...]  # bare addresses of all three

    @classmethod
    def parse(cls, destination: dict[str, Any]) -> "Destination":
        """Raises `BadRequestException` for an address SES would not accept."""
        groups = [tuple(destination.get(f"{kind}Addresses") or ()) for kind in ("To", "Cc", "Bcc")]
        return cls(*groups, tuple(addresses.bare(address) for group in groups for address in group))


@dataclass(frozen=True, slots=True)
class Mail:
    id: str
    sent_at: float  # seconds since 1970
    envelope: Envelope
    destination: Destination
    content: Content
    headers: tuple[tuple[str, str], ...]  # the caller's own
    tags: dict[str, str]

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.destination.recipients

    def header_fields(self) -> list[tuple[str, str]]:
        """All headers a receiver sees, but for those that describe the MIME structure."""
        if isinstance(self.content, RawContent):
            replaced = {"bcc", "return-path", *(name.lower() for name, _ in self._stamps())}
            kept = [
                (name, str(value)) for name, value in self.content.message().items() if name.lower() not in replaced
            ]
            return [*kept, *self._stamps()]
        own = [
            ("From", self.envelope.sender),
            ("To", ", ".join(self.destination.to)),
            ("Cc", ", ".join(self.destination.cc)),
            ("Reply-To", ", ".join(self.envelope.reply_to)),
            ("Subject", self.content.rendered().subject),
        ]
        return [*((name, value) for name, value in own if value), *self._stamps(), *self.headers]

    def _stamps(self) -> list[tuple[str, str]]:
        """The headers that SES itself writes; what the caller tags with comes first in `Feedback-ID`."""
        named = [self.tags[tag] for tag in FEEDBACK_IDS if tag in self.tags]
        return [
            ("Date", format_datetime(datetime.fromtimestamp(self.sent_at, UTC))),
            ("Message-ID", f"<{self.id}@{REGION}.amazonses.com>"),
            ("Feedback-ID", ":".join([*named, f"1.{REGION}.local", "AmazonSES"])),
        ]

    def message(self) -> bytes:
        """The RFC 5322 message."""
        if isinstance(self.content, RawContent):
            message = self.content.message()
            stamps = dict(self._stamps())
            for name in (*stamps, "Bcc", "Return-Path"):
                del message[name]
            for name, value in stamps.items():
                message[name] = value
            return message.as_bytes()
        _, text, html = self.rendered()
        return mime.build(self.header_fields(), text, html).as_bytes()

    def rendered(self) -> Rendered:
        """The parts as they arrive, with what SES adds to hear of opens and clicks."""
        subject, text, html = self.content.rendered()
        opens, clicks = ("OPEN" in self.envelope.tracked, "CLICK" in self.envelope.tracked)
        return Rendered(subject, text, with_tracking(html, self.id, opens=opens, clicks=clicks) if html else html)

    def shown(self) -> dict[str, Any]:
        subject, text, html = self.rendered()
        return {
            "id": self.id,
            "to": list(self.recipients),
            "from": self.envelope.sender,
            "subject": subject,
            "text": text,
            "html": html,
            "headers": dict(self.header_fields()),
            "tags": self.tags,
            "configuration_set": self.envelope.configuration_set,
            "sent_at": iso_time(self.sent_at),
        }


def iso_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Mailbox:
    """Every email delivered, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mails: dict[str, Mail] = {}
        self._lock = threading.Lock()

    def add(self, mail: Mail) -> None:
        with self._lock:
            self._mails[mail.id] = mail

    def get(self, mail_id: str) -> Mail | None:
        return self._mails.get(mail_id)

    def mails(self, to: str | None = None) -> list[Mail]:
        """All emails, or those delivered to one address."""
        with self._lock:
            mails = list(self._mails.values())
        if to is None:
            return mails
        wanted = addresses.normalised(to)
        return [mail for mail in mails if any(addresses.normalised(address) == wanted for address in mail.recipients)]

    def clear(self) -> None:
        with self._lock:
            self._mails.clear()
