"""The one place where the campaign engine and the letters meet: content of a campaign, letter of a recipient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from email_list import fields, letters
from email_list.errors import InvalidError
from email_list.letters import Content
from email_list.links import Links
from email_list.settings import ListSettings
from email_list.subscribers import Subscriber


@dataclass(frozen=True)
class Letter:
    """What makes a newsletter one person's own: the address, its template data and its headers."""

    email: str
    values: Mapping[str, Any]
    headers: Mapping[str, str]


class Writer:
    """Writes the newsletters of one list."""

    def __init__(self, settings: ListSettings, links: Links) -> None:
        self._settings = settings
        self._links = links

    def compose(self, request: Mapping[str, Any]) -> Content:
        """The content that a request for a campaign describes. InvalidError names what is missing or wrong."""
        subject = fields.single_line(request.get("subject"), "subject", fields.MAX_SUBJECT, required=True)
        return letters.newsletter(subject, _message(request.get("body")), self._settings)

    def letter(self, person: Subscriber) -> Letter:
        """The letter of one recipient."""
        unsubscribe_url = self._links.unsubscribe(person.email)
        return Letter(
            email=person.email,
            values=letters.values(person, unsubscribe_url),
            headers={
                "List-Unsubscribe": f"<{unsubscribe_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )


def _message(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidError("body is required.", details={"field": "body"})
    if len(value) > letters.MAX_MESSAGE:
        raise InvalidError(f"body has at most {letters.MAX_MESSAGE} characters.", details={"field": "body"})
    return value
