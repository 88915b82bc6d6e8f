"""Letters: a newsletter's content as SES stores it, and the values that make it personal.

This module composes nothing (`writing` and `own_letters` do), so that what sends letters stays light.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cache
from typing import Any

from contract import MAX_HEADER, MAX_TEMPLATE_DATA
from email_list.errors import TooLargeError
from email_list.mail import encoding
from email_list.mail.encoding import HTML, PARTS, SUBJECT, TEXT
from email_list.mail.handlebars import filling, printing, tree
from email_list.mail.handlebars.tree import RESERVED, Nodes, Path
from email_list.people.subscribers import Subscriber
from email_list.settings import ListSettings

RECIPIENT = ("name", "email", "attributes", "topics", "unsubscribe_url", "preferences_url", "web_url")
"""What an email is given when it is sent, most of it about its recipient; everything else is known before."""

WEB_URL = "web_url"
"""Where the campaign's web version is, if it is public."""

RECIPIENT_LINKS = ("unsubscribe_url", "preferences_url", WEB_URL)
"""Those that are whole addresses."""

LIST_VALUES = ("list_name", "postal_address")
"""What a letter may say about the list."""


@dataclass(frozen=True)
class Content:
    """A letter. Each part is Handlebars for SES, or finished text if nothing in it is personal.

    `variables` lists, for each part, the names that its data must contain (`encoding.data`, names printed with their
    encoding); `defaults` has a value by dotted name for people of whom we know none. Both are plain JSON.
    """

    subject: str
    html: str
    text: str
    variables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)


def print_content(parts: Mapping[str, Nodes], defaults: Mapping[str, str]) -> Content:
    """The content whose parsed parts these are; `parts` has a subject, an html and a text part."""
    printed = {part: printing.print_template(parts[part], part) for part in PARTS}
    printed[TEXT] = re.sub(r"\n{3,}", "\n\n", printed[TEXT])
    variables = {}
    for part in PARTS:
        uses = {(variable.path, variable.encoding) for variable in tree.variables(parts[part])}
        names = {".".join(tree.printed(path, how)) for path, how in uses}
        names |= set(printing.characters_used(printed[part], part))
        if names:
            variables[part] = sorted(names)
    return Content(printed[SUBJECT], printed[HTML], printed[TEXT], variables, dict(defaults))


def template_data(
    content: Content, subscriber: Subscriber, unsubscribe_url: str, preferences_url: str, web_url: str = ""
) -> dict[str, Any]:
    """What SES needs to make `content` this person's letter, and nothing else about them."""
    known = {
        "name": subscriber.name,
        "email": subscriber.email,
        "attributes": subscriber.attributes,
        "topics": list(subscriber.topics),
        "unsubscribe_url": unsubscribe_url,
        "preferences_url": preferences_url,
        WEB_URL: web_url,
    }
    return data(content, known)


def data(content: Content, known: Mapping[str, Any], formatter: encoding.Formatter | None = None) -> dict[str, Any]:
    """Template data for known values, with the content's defaults for the rest.

    TooLargeError if it is more than SES accepts for one email.
    """
    known = {**known, **{name: character for character, name in printing.CHARACTERS.items()}}
    entries = {
        part: encoding.data([_use(name) for name in names], known, part, content.defaults, formatter)
        for part, names in content.variables.items()
    }
    size = len(json.dumps(entries).encode())
    if size > MAX_TEMPLATE_DATA:
        raise TooLargeError(f"The values of one letter take {size} bytes; SES accepts {MAX_TEMPLATE_DATA}.")
    return entries


def _use(name: str) -> tuple[Path, str]:
    path, _, how = name.rpartition(RESERVED) if RESERVED in name else (name, "", "")
    return tuple(path.split(".")), how


def headers(settings: ListSettings, unsubscribe_url: str) -> dict[str, str]:
    """The headers of one newsletter email: how to unsubscribe (RFC 2369, RFC 8058) and which list this is (RFC 2919).

    Configuration set, tags, From and Reply-To belong to the SES call. ValueError for a link that no header can hold.
    """
    value = f"<{unsubscribe_url}>"
    if not unsubscribe_url.isascii() or re.search(r"[\s<>]", unsubscribe_url) or len(value) > MAX_HEADER:
        raise ValueError(f"not an unsubscribe link that fits a header: {unsubscribe_url[:200]!r}")
    return {
        "List-Unsubscribe": value,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": list_id(settings),
    }


AUTOMATIC = {"Auto-Submitted": "auto-generated"}
"""The header of an email that responds to an action or a schedule (RFC 3834), so that no robot replies to it."""


@cache
def list_id(settings: ListSettings) -> str:
    """`Our news <our-news.example.org>`: stable for as long as the list keeps its name and its domain."""
    ascii_name = unicodedata.normalize("NFKD", settings.name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:63].strip("-") or "list"
    domain = parseaddr(settings.sender)[1].rpartition("@")[2].lower() or "localhost"
    phrase = re.sub(r"[^\w .,&!-]", "", settings.name, flags=re.ASCII).strip() if settings.name.isascii() else ""
    return f'"{phrase[:200]}" <{slug}.{domain}>' if phrase else f"<{slug}.{domain}>"


def fill(
    nodes: Nodes,
    known: Mapping[str, Any],
    part: str,
    defaults: Mapping[str, str] | None = None,
    formatter: encoding.Formatter | None = None,
) -> Nodes:
    """Put values into a parsed part, written as their places need; what `known` lacks remains a variable."""
    uses = [(variable.path, variable.encoding) for variable in tree.variables(nodes) if variable.path[0] in known]
    return filling.fill(nodes, encoding.data(uses, known, part, defaults, formatter))


def list_values(settings: ListSettings) -> dict[str, Any]:
    """What every letter of the list says about the list; those beyond `LIST_VALUES` appear in its frame only."""
    return {
        "list_name": settings.name,
        "postal_address": settings.postal_address,
        "list_description": settings.description or "",
        "list_logo": settings.logo_url or "",
        "list_website": settings.website_url or "",
    }
