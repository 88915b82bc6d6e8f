"""Letters: the content of a newsletter as an SES template, and the values that make it personal.

SES renders templates with Handlebars and does not escape what it inserts. So every value is given twice:
under `html` escaped for HTML, under `text` as typed, for the text part and the subject; a template names the one
that is right for its part.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from email_list.settings import ListSettings
from email_list.subscribers import Subscriber

GREETING_WITHOUT_NAME = "there"
MAX_MESSAGE = 100_000


@dataclass(frozen=True)
class Content:
    """What SES stores as a template: Handlebars in each part."""

    subject: str
    html: str
    text: str


def newsletter(subject: str, message: str, settings: ListSettings) -> Content:
    """A plain letter: a greeting by name, the message in paragraphs, and the way out."""
    paragraphs = "".join(
        f"<p>{_literal(html.escape(paragraph)).replace(chr(10), '<br>')}</p>"
        for paragraph in message.replace("\r\n", "\n").split("\n\n")
        if paragraph.strip()
    )
    footer_html = _literal(html.escape(f"{settings.name}, {settings.postal_address}"))
    footer_text = _literal(f"{settings.name}, {settings.postal_address}")
    return Content(
        subject=_literal(subject),
        html=(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title></title></head><body>'
            f"<p>Hello {{{{html.name}}}},</p>{paragraphs}<hr><p><small>{footer_html}<br>"
            '<a href="{{html.unsubscribe_url}}">Unsubscribe</a></small></p></body></html>'
        ),
        text=(
            f"Hello {{{{text.name}}}},\n\n{_literal(message.strip())}\n\n-- \n{footer_text}\n"
            "Unsubscribe: {{text.unsubscribe_url}}\n"
        ),
    )


def values(subscriber: Subscriber, unsubscribe_url: str) -> dict[str, Any]:
    """The template data of one recipient."""
    plain = {"name": subscriber.name or GREETING_WITHOUT_NAME, "unsubscribe_url": unsubscribe_url, "brace": "{"}
    return {"html": _escaped(plain), "text": plain}


def _escaped(plain: Mapping[str, str]) -> dict[str, str]:
    return {name: html.escape(value) for name, value in plain.items()}


def _literal(text: str) -> str:
    """Text that Handlebars prints as it stands: each opening brace becomes a value that is one."""
    return text.replace("{", "{{text.brace}}")
