"""The way to everything that is stored about a person: a link that is emailed to their address, and works once.

Emails are forwarded, and their links with them. So those only lead to topics and to unsubscribing; to download, correct
or erase, people need access to the inbox.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

from email_list.clock import from_iso
from email_list.errors import TooManyRequestsError
from email_list.people.limits import Limit, inbox
from email_list.people.subscribers import SUPPRESSED, Record
from email_list.people.tokens import Claims, ExpiredTokenError

LINKS_PER_INBOX_AND_DAY = 5
PATIENCE = timedelta(days=1)
"""How long a link waits that may not be sent at once."""


@dataclass(frozen=True)
class DataRequest:
    """Someone who has asked for the link, the language they asked in, and when that was (ISO 8601 in UTC)."""

    email: str
    language: str
    at: str

    def to_json(self) -> str:
        return json.dumps({"data": asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> "DataRequest | None":
        """The request in a message of the queue that sign-ups share; None for a sign-up."""
        document = json.loads(text)
        return cls(**document["data"]) if "data" in document else None

    def is_good(self, now: datetime) -> bool:
        """Whether the link may still be waited for."""
        return from_iso(self.at) + PATIENCE > now


class Work(Protocol):
    """The queue that takes requests to `answer`."""

    def send(self, body: str) -> None: ...


class People(Protocol):
    """What these links need of the subscriber table."""

    def get(self, email: str) -> Record | None: ...

    def open_data_link(self, email: str, reference: str) -> bool: ...

    def behind_data_link(self, email: str, reference: str) -> Record | None: ...

    def use_data_link(self, email: str, reference: str) -> bool: ...


def ask(request: DataRequest, limit: Limit, work: Work) -> None:
    """Have the link mailed. TooManyRequestsError when this inbox has had its share."""
    if not limit.use(inbox(request.email)):
        raise TooManyRequestsError("This link was sent several times today. Please look for it, or ask again tomorrow.")
    work.send(request.to_json())


def answer(request: DataRequest, people: People, send: Callable[[str], None]) -> None:
    """Email the link, by `send(reference)`; not to people who are gone by now, bounced, or complained."""
    person = people.get(request.email)
    if person is None or person.status in SUPPRESSED:
        return
    reference = secrets.token_hex(8)
    if people.open_data_link(request.email, reference):
        send(reference)


def person_behind(claims: Claims, people: People) -> Record:
    """The person to whose data the link leads. ExpiredTokenError once it is used, or another one was sent."""
    return people.behind_data_link(claims.email, claims.reference) or over()


def use_up(claims: Claims, people: People) -> None:
    """Let the link lead nowhere from now on. ExpiredTokenError when another press of a button was faster."""
    if not people.use_data_link(claims.email, claims.reference):
        over()


def over() -> NoReturn:
    """The link was used, or its hour is over."""
    raise ExpiredTokenError("This link works once, for one hour.", code="expired_data_link")
