"""Sending a newsletter to every active subscriber."""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from email_list import fields, letters
from email_list.errors import InvalidError
from email_list.letters import Content
from email_list.links import Links
from email_list.settings import ListSettings
from email_list.subscribers import Page, Status, Subscriber

MAX_BATCH = 50
"""Recipients of one SendBulkEmail call (SES API reference)."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipient:
    """One entry of a bulk call: the address, its template data and its own headers."""

    email: str
    values: Mapping[str, Any]
    headers: Mapping[str, str]


class People(Protocol):
    """What sending needs of the subscriber table."""

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page: ...


class Mailer(Protocol):
    """The part of SES that sending needs (`email_list.aws.ses`, or a fake in tests)."""

    def rate(self) -> float:
        """Recipients a second that the account may send to."""
        ...

    def create_template(self, name: str, content: Content) -> None: ...

    def delete_template(self, name: str) -> None: ...

    def send_bulk(self, template: str, recipients: Sequence[Recipient]) -> Sequence[str | None]:
        """Send one batch: per recipient None when SES accepted the mail, otherwise its error."""
        ...


@dataclass(frozen=True)
class Report:
    """What became of a newsletter, in recipients."""

    sent_count: int
    failed_count: int
    total_subscribers: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def send(
    request: Mapping[str, Any],
    settings: ListSettings,
    store: People,
    mailer: Mailer,
    links: Links,
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """Send `subject` and `message` to every active subscriber, greeting each by name, no faster than SES allows."""
    subject = fields.single_line(request.get("subject"), "subject", fields.MAX_SUBJECT, required=True)
    message = _message(request.get("message"))
    rate = max(1.0, mailer.rate())
    batch_size = min(MAX_BATCH, int(rate))
    sent = total = 0
    with _template(mailer, letters.newsletter(subject, message, settings)) as template:
        for people in _batches(store, batch_size):
            errors = mailer.send_bulk(template, [_recipient(person, links) for person in people])
            total += len(people)
            sent += sum(error is None for error in errors)
            for error in {error for error in errors if error}:
                logger.warning("mails refused", extra={"error": error, "count": list(errors).count(error)})
            sleep(len(people) / rate)
    return Report(sent_count=sent, failed_count=total - sent, total_subscribers=total)


def _message(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidError("message is required.", details={"field": "message"})
    if len(value) > letters.MAX_MESSAGE:
        raise InvalidError(f"message has at most {letters.MAX_MESSAGE} characters.", details={"field": "message"})
    return value


@contextmanager
def _template(mailer: Mailer, content: Content) -> Iterator[str]:
    """An SES template that lives as long as the send."""
    name = f"newsletter-{secrets.token_hex(8)}"
    mailer.create_template(name, content)
    try:
        yield name
    finally:
        mailer.delete_template(name)


def _batches(store: People, size: int) -> Iterator[Sequence[Subscriber]]:
    cursor = None
    while True:
        page = store.page(Status.ACTIVE, size, cursor)
        if page.subscribers:
            yield page.subscribers
        cursor = page.cursor
        if cursor is None:
            return


def _recipient(person: Subscriber, links: Links) -> Recipient:
    unsubscribe_url = links.unsubscribe(person.email)
    return Recipient(
        email=person.email,
        values=letters.values(person, unsubscribe_url),
        headers={
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
