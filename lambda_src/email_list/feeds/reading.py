"""Reading a feed: RSS of any age, Atom and JSON Feed, from bytes to entries.

Only the function that reads feeds imports this: it alone has feedparser.
"""

import calendar
import hashlib
import json
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from email_list.clock import iso
from email_list.feeds.entries import MAX_ADDRESS, MAX_ENTRIES, MAX_TEXT, MAX_TITLE, Entry, Reading
from email_list.feeds.fetching import Fetched
from email_list.feeds.problem import FeedError, Trouble

_PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")


def read(fetched: Fetched) -> Reading:
    """The feed in a response, its entries in its own order. FeedError says what is there instead."""
    if not fetched.content:
        raise FeedError(Trouble.EMPTY, "The response is empty.")
    found = _read_json(fetched) if _is_json(fetched) else _read_xml(fetched)
    known: dict[str, Entry] = {}
    for entry in found.entries:
        known.setdefault(entry.key, entry)
    return Reading(found.title, found.link, list(known.values())[:MAX_ENTRIES])


def _is_json(fetched: Fetched) -> bool:
    content = fetched.content or b""
    return "json" in fetched.content_type.lower() or content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _read_xml(fetched: Fetched) -> Reading:
    headers = {"content-type": fetched.content_type, "content-location": fetched.url}
    parsed = feedparser.parse(fetched.content, response_headers=headers)
    if not parsed.version and not parsed.entries:
        raise _instead(fetched)
    entries = [_entry_of_xml(entry, fetched.url) for entry in parsed.entries[: 2 * MAX_ENTRIES]]
    title = _line(_text(parsed.feed.get("title", "")), MAX_TITLE)
    return Reading(title, _address(parsed.feed.get("link", ""), fetched.url), list(filter(None, entries)))


def _instead(fetched: Fetched) -> FeedError:
    beginning = (fetched.content or b"")[:1000].lstrip().lower()
    if b"<html" in beginning or b"<!doctype html" in beginning:
        advice = "Look on it for the address of its feed, often /feed or /rss."
        return FeedError(Trouble.PAGE, f"This is a web page, not a feed. {advice}")
    return FeedError(Trouble.NO_FEED, "This is neither RSS, Atom nor a JSON feed.")


def _entry_of_xml(entry: Any, base: str) -> Entry | None:
    link = _address(entry.get("link", ""), base)
    source = next((part.get("value", "") for part in entry.get("content", ())), "")
    summary = entry.get("summary", "") or source
    # Its own `get` would look for one in place of the other, with a warning.
    moment = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    return _entry(
        identity=entry.get("id", ""),
        title=_text(entry.get("title", "")),
        link=link,
        text=_text(summary),
        image=_address(_picture_of(entry, source or summary), base),
        date=_moment(moment),
    )


def _picture_of(entry: Any, source: str) -> str:
    for media in (*entry.get("media_thumbnail", ()), *entry.get("media_content", ())):
        if media.get("url") and media.get("type", _PICTURES[0]) in _PICTURES:
            return media["url"]
    for link in entry.get("enclosures", ()):
        if link.get("type") in _PICTURES:
            return link.get("href", "")
    return next(_Pictures.of(source), "")


def _read_json(fetched: Fetched) -> Reading:
    try:
        document = json.loads((fetched.content or b"").decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FeedError(Trouble.NO_FEED, "This is not valid JSON.") from error
    version = document.get("version") if isinstance(document, Mapping) else None
    if not isinstance(version, str) or "jsonfeed.org/version/" not in version:
        raise FeedError(Trouble.NO_FEED, "This is JSON, but not a JSON feed.")
    items = document.get("items")
    entries = [_entry_of_json(item, fetched.url) for item in items or () if isinstance(item, Mapping)]
    title, link = (_string(document.get(name)) for name in ("title", "home_page_url"))
    return Reading(_line(title, MAX_TITLE), _address(link, fetched.url), list(filter(None, entries)))


def _entry_of_json(item: Mapping[str, Any], base: str) -> Entry | None:
    text = _string(item.get("summary")) or _string(item.get("content_text")) or _text(_string(item.get("content_html")))
    try:
        date = iso(datetime.fromisoformat(_string(item.get("date_published"))).astimezone(UTC))
    except (ValueError, OverflowError):
        date = ""
    return _entry(
        # Some have numbers for ids, which the standard asks readers to take (JSON Feed 1.1, "id").
        identity=str(item.get("id", "")),
        title=_string(item.get("title")),
        link=_address(_string(item.get("url")) or _string(item.get("external_url")), base),
        text=text,
        image=_address(_string(item.get("image")), base),
        date=date,
    )


def _entry(*, identity: str, title: str, link: str, text: str, image: str, date: str) -> Entry | None:
    """An entry; None if there is nothing to know it by again."""
    known_by = identity or link or title
    if not known_by:
        return None
    text = _line(text, MAX_TEXT)
    title = _line(title, MAX_TITLE) or textwrap.shorten(text, 80, placeholder="…") or link
    key = hashlib.sha256(known_by.encode(errors="replace")).hexdigest()[:24]
    return Entry(key, title, link, text, image, date)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(text: str, limit: int) -> str:
    readable = "".join(char if char.isprintable() else " " for char in text)
    return textwrap.shorten(readable, limit, placeholder="…")


def _text(source: str) -> str:
    """The text of HTML, without addresses of links and descriptions of pictures."""
    return _Words.of(source) if "<" in source or "&" in source else source


def _moment(parsed: Any) -> str:
    try:
        return iso(datetime.fromtimestamp(calendar.timegm(parsed), UTC)) if parsed else ""
    except (ValueError, OverflowError, OSError):
        return ""


def _address(value: str, base: str) -> str:
    """An absolute address on the web; empty for anything else, and for one that is too long."""
    try:
        address = urljoin(base, value.strip()) if value else ""
        on_the_web = urlsplit(address).scheme in ("http", "https") and address.isprintable()
        return address if on_the_web and len(address) <= MAX_ADDRESS else ""
    except ValueError:
        return ""


class _Words(HTMLParser):
    @classmethod
    def of(cls, source: str) -> str:
        reader = cls()
        reader.feed(source)
        reader.close()
        return " ".join("".join(reader.words).split())

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in ("script", "style")
        self.words.append("" if tag in _INLINE else " ")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= self._unread > 0 and tag in ("script", "style")
        self.words.append("" if tag in _INLINE else " ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)


_INLINE = {"a", "abbr", "b", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u"}


class _Pictures(HTMLParser):
    @classmethod
    def of(cls, source: str) -> Iterator[str]:
        reader = cls()
        reader.feed(source)
        yield from reader.found

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img" and (source := dict(attrs).get("src")):
            self.found.append(source)
