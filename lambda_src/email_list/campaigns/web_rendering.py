"""How the web version of a letter is made.

It is rendered once, with the values of a person who gave none, and then read as HTML: links that would be a reader's
own go, with the elements that hold them, and so does what only email clients need. What is left is kept in pieces, so
that today's archive can surround the letters of any year.
"""

import html
import re
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Protocol
from urllib.parse import quote

from email_list.campaigns.campaign import Campaign
from email_list.campaigns.web_version import WebVersion
from email_list.mail import frame, letters, markup, plain_text
from email_list.mail.encoding import HTML, SUBJECT
from email_list.mail.handlebars import printing, reading
from email_list.mail.placement import place
from email_list.mail.warnings import Composed
from email_list.settings import ListSettings
from email_list.words import DEFAULT_LANGUAGE, languages

MAX_SUMMARY = 200

_OWN = "https://reader.invalid/"
"""Stands for each address that would be a reader's own; no such host exists (RFC 2606)."""

_NOBODY = {"name": "", "email": "", "attributes": {}, "topics": []} | dict.fromkeys(letters.RECIPIENT_LINKS, _OWN)

_DROPPED = {"script", "title", "noscript", "iframe", "object", "form"}
_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}

_FILL = {"&#847;", "&zwnj;", "&nbsp;"}
"""What follows a preview text, so that inboxes show no more than that."""

_ADDRESS = re.compile(r"<?\bhttps?://\S+")
_PICTURE = re.compile(r"\[[^\n]*\]")
"""A line of text that stands for a picture."""

_NO_CSS = re.compile(r"\bsupported-color-schemes\s*:[^;{}]*;?")
"""A property that only email clients know, from before the standard's."""

_EMPTY_PARAGRAPH = re.compile(r"<p\b[^<>]*>\s*</p>")
"""What a link leaves that stood alone."""


class WebStore(Protocol):
    """Where web versions are kept, by the name of their letter (`email_list.aws.web_store`, or a fake in tests)."""

    def put(self, letter: str, kept: bytes) -> None: ...

    def discard(self, letter: str) -> None:
        """Remove one; nothing happens if there is none."""
        ...


class WebVersions:
    """Renders the web versions of campaigns and keeps them, public or not: what is made public later is what was
    sent."""

    def __init__(self, store: WebStore, settings: ListSettings) -> None:
        self._store = store
        self._settings = settings

    def keep(self, campaign: Campaign, composed: Composed) -> Campaign:
        """Keep the web version of a campaign's letter; returns the campaign with its title and summary."""
        version = render(composed, self._settings)
        self._store.put(campaign.template, version.to_bytes())
        return replace(campaign, title=version.title, summary=version.summary)

    def discard(self, campaign: Campaign) -> None:
        """A web version that nobody will read."""
        self._store.discard(campaign.template)


def render(composed: Composed, settings: ListSettings) -> WebVersion:
    """The web version of a letter."""
    written = {
        part: printing.print_text(letters.fill(nodes, _NOBODY, part, composed.content.defaults))
        for part, nodes in composed.parts.items()
    }
    reader = _Reader()
    reader.feed(_without_reasons(written[HTML], settings))
    reader.close()
    title = written[SUBJECT].replace(_OWN, "").strip() or settings.name
    body = _EMPTY_PARAGRAPH.sub("", markup.for_the_web(_anonymous("".join(reader.pieces)))).strip()
    return WebVersion(
        title=title,
        summary=_line("".join(reader.hidden)) or _summary(body, settings),
        language=reader.of_document.get("lang") or _spoken(settings.language),
        direction=reader.of_document.get("dir") or "ltr",
        styles=_NO_CSS.sub("", _anonymous("\n".join(reader.styles))),
        attributes=reader.of_body,
        body=body,
        picture=reader.picture,
    )


def _spoken(configured: str) -> str:
    """The list's language; that of its emails where its pages have the reader's."""
    return configured if configured in languages() else DEFAULT_LANGUAGE


def _without_reasons(document: str, settings: ListSettings) -> str:
    """A letter without the lines of the footer that say why somebody gets it and how to leave."""
    known = {**letters.list_values(settings), **_NOBODY}
    for language in languages():
        nodes = place(reading.parse(frame.html_reasons(settings, language), HTML), HTML)
        document = document.replace(printing.print_text(letters.fill(nodes, known, HTML)), "")
    return document


def _summary(body: str, settings: ListSettings) -> str:
    """How a letter begins, without what every letter says of the list."""
    said = {str(value) for value in letters.list_values(settings).values()}
    said |= {f"[{settings.name}]", f"{settings.name}: {settings.website_url}"}
    lines = (line.strip().removeprefix("- ") for line in plain_text.from_html(body).splitlines())
    told = (_sentence(line) for line in lines if line not in said and not _PICTURE.fullmatch(line))
    return _line(" ".join(told))


def _sentence(line: str) -> str:
    """A line without addresses. The words of a link end like a sentence, so that they do not run into the next line."""
    *before, rest = _ADDRESS.split(line)
    words = "".join([*(piece.rstrip(": \t") for piece in before), rest])
    return f"{words}." if words[-1:].isalnum() and words != line else words


def _line(words: str) -> str:
    readable = "".join(char if char.isprintable() else " " for char in _anonymous(words))
    return textwrap.shorten(readable, MAX_SUMMARY, placeholder="…")


def _anonymous(text: str) -> str:
    """Text in which no address stands that would be a reader's own, as it is or inside of another address."""
    return text.replace(_OWN, "").replace(quote(_OWN, safe=""), "")


class _Reader(HTMLParser):
    """Takes a letter apart, and writes its body again as any HTML parser reads it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.of_document: dict[str, str] = {}
        self.of_body: dict[str, str] = {}
        self.styles: list[str] = []
        self.pieces: list[str] = []
        self.picture = ""
        self.hidden: list[str] = []
        """What only the preview in an inbox shows, apart from what fills it up."""
        self._in_head = False
        self._in_style = False
        self._skipped = ""
        """The name of the element that is being left out, and how many of that name are open."""
        self._depth = 0
        self._hides = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped:
            self._depth += tag == self._skipped
            return
        given: dict[str, str | None] = {}
        for name, value in attrs:
            given.setdefault(name, value)
        match tag:
            case "html":
                self.of_document = _some(given, "lang", "dir")
            case "head":
                self._in_head = True
            case "body":
                self._in_head, self.of_body = False, _some(given, "class", "style", "dir")
            case "style":
                self._in_style = True
            case "meta" | "link" | "base":
                pass
            case _ if tag in _DROPPED or _is_of_one_reader(tag, given) or _is_hidden(given):
                if tag not in _EMPTY:
                    self._skipped, self._depth, self._hides = tag, 1, _is_hidden(given)
            case _ if not self._in_head:
                self._write(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._depth -= tag == self._skipped
            if not self._depth:
                self._skipped, self._hides = "", False
        elif tag == "head":
            self._in_head = False
        elif tag == "style":
            self._in_style = False
        elif not self._in_head and tag not in {"html", "body", *_DROPPED, *_EMPTY}:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._in_style and not self._skipped:
            self.styles.append(data)
        else:
            self._text(data)

    def handle_entityref(self, name: str) -> None:
        self._text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text(f"&#{name};")

    def _text(self, text: str) -> None:
        if self._hides:
            self.hidden.append("" if text in _FILL else html.unescape(text))
        elif not self._skipped and not self._in_head:
            self.pieces.append(text)

    def _write(self, tag: str, given: Mapping[str, str | None]) -> None:
        kept = {name: value for name, value in given.items() if not _is_own(value or "")}
        if tag == "img" and not self.picture and (kept.get("src") or "").startswith("https:"):
            self.picture = kept["src"] or ""
        shown = (name if value is None else f'{name}="{html.escape(value)}"' for name, value in kept.items())
        self.pieces.append(f"<{' '.join([tag, *shown])}>")


def _some(given: Mapping[str, str | None], *names: str) -> dict[str, str]:
    return {name: value for name in names if (value := given.get(name)) and not _is_own(value)}


def _is_hidden(given: Mapping[str, str | None]) -> bool:
    return "mso-hide" in (given.get("style") or "")


def _is_of_one_reader(tag: str, given: Mapping[str, str | None]) -> bool:
    return tag == "a" and _is_own(given.get("href") or "")


def _is_own(value: str) -> bool:
    return _OWN in value or quote(_OWN, safe="") in value
