"""A list and its reader, and SES's own way to render, for the tests of letters."""

import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from email_list.mail import letters
from email_list.mail.letters import Content
from email_list.people.subscribers import Status, Subscriber
from email_list.settings import ListSettings
from local.ses.handlebars import Template as SesTemplate
from local.ses.mime import build

SETTINGS = ListSettings(
    name="Garden & Hill Letters",
    postal_address="1 Hill Road, Springfield",
    sender='"Garden Letters" <letters@list.example>',
    reply_to="hello@list.example",
    public_url="https://list.example",
)
UNSUBSCRIBE = "https://list.example/unsubscribe?token=abc&x=1"
PREFERENCES = "https://list.example/preferences?token=abc"


def reader(name: str = "Ann", **fields: Any) -> Subscriber:
    return Subscriber(
        email="ann@example.com",
        status=Status.ACTIVE,
        subscribed_date="2026-01-01T00:00:00.000Z",
        name=name,
        **fields,
    )


@dataclass(frozen=True)
class Mail:
    """A letter as it reaches its reader."""

    subject: str
    html: str
    text: str

    def message(self, headers: dict[str, str]) -> EmailMessage:
        """The email parsed back from its bytes, as a mail program gets it."""
        built = build([("Subject", self.subject), *headers.items()], self.text, self.html)
        return email.message_from_bytes(bytes(built), policy=email.policy.default)


def delivered(content: Content, person: Subscriber) -> Mail:
    """What SES makes of a letter for one person: it fails, as SES does, when a value is missing."""
    data = letters.template_data(content, person, UNSUBSCRIBE, PREFERENCES)
    return Mail(*(SesTemplate(part).render(data) for part in (content.subject, content.html, content.text)))


@dataclass
class Outline(HTMLParser):
    """What a browser would see in HTML: elements with their attributes' names, links, and the visible text."""

    elements: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def links(self) -> list[str]:
        return [value for tag, name, value in self.attributes if (tag, name) == ("a", "href")]

    @property
    def text(self) -> str:
        return "".join(self.texts)


def outline(html: str) -> Outline:
    found = Outline()
    found.feed(html)
    found.close()
    return found
