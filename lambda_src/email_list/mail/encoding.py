"""How values are written into a letter: escaped, safe as a link, on one line, each according to its place.

SES inserts values unchanged (SES developer guide: "SES doesn't escape HTML content when rendering the HTML template").
So a recipient's data holds, for each part, only the values that the part uses, in the form that is right for their
places: `{"html": {"name": "O&#x27;Hara"}, "text": {"name": "O'Hara"}, "subject": {...}}`.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from email_list import fields
from email_list.errors import TooLargeError
from email_list.mail import urls
from email_list.mail.handlebars.tree import FORMATTED, GIVEN, RESERVED, Path

HTML, TEXT, SUBJECT = "html", "text", "subject"
PARTS = (SUBJECT, HTML, TEXT)

LINK = "url"
"""The encoding of a whole address in an attribute such as href."""

LINK_PIECE = "piece"
"""The encoding of part of an address, such as a query's value."""

NO_LINK = "#"

MAX_ENTRIES = 50_000
"""Values that are written for one part; a list's elements have one for each use."""


Formatter = Callable[[str, str], str]
"""Turns Markdown into the given part's format."""


def data(
    uses: Iterable[tuple[Path, str]],
    values: Mapping[str, Any],
    part: str,
    defaults: Mapping[str, str] | None = None,
    formatter: Formatter | None = None,
) -> dict[str, Any]:
    """The part's copy of `values`, with one entry for each use (path and encoding) of the part.

    A value that is missing or empty is printed as its default (by dotted name), while conditions still see that it is
    missing. Without a default it becomes empty: SES refuses to render what has no entry. In paths, `*` stands for the
    elements of a list. TooLargeError for lists with too many values.
    """
    tree = _tree(uses)
    return _shape(values, tree, _Writer(part, defaults or {}, formatter), "")


_Tree = dict[str, Any]
"""A name's uses: `encodings` is a set, `names` the tree below each name."""


def _tree(uses: Iterable[tuple[Path, str]]) -> _Tree:
    root: _Tree = {"encodings": set(), "names": {}}
    for path, encoding in uses:
        node = root
        for segment in path:
            node = node["names"].setdefault(segment, {"encodings": set(), "names": {}})
        node["encodings"].add(encoding)
    return root


@dataclass
class _Writer:
    part: str
    defaults: Mapping[str, str]
    formatter: Formatter | None
    entries: int = 0

    def write(self, value: Any, encoding: str, name: str) -> str:
        self.entries += 1
        if self.entries > MAX_ENTRIES:
            raise TooLargeError(f"A letter can use at most {MAX_ENTRIES} values; its lists have more.")
        if encoding == GIVEN:
            return "yes" if value else ""
        text = plain(value) or self.defaults.get(name, "")
        if encoding == FORMATTED and self.formatter:
            return self.formatter(text, self.part)
        if self.part == SUBJECT:
            return fields.one_line(text)
        if encoding == LINK_PIECE:
            return quote(text, safe="")
        written = link(text) if encoding == LINK else text
        return html.escape(written) if self.part == HTML else written


def _shape(value: Any, tree: _Tree, writer: _Writer, name: str) -> Any:
    """`value` in the form of `tree`; `name` is the dotted name of both."""
    if "*" in tree["names"]:
        items = value if isinstance(value, list | tuple) else []
        return [_element(item, tree["names"]["*"], writer, f"{name}.*") for item in items]
    entries: dict[str, Any] = {}
    for key, below in tree["names"].items():
        inner = value.get(key) if isinstance(value, Mapping) else None
        inner_name = f"{name}.{key}".lstrip(".")
        if below["names"]:
            entries[key] = _shape(inner, below, writer, inner_name)
        for encoding in below["encodings"]:
            if encoding or not below["names"]:
                entries[key + (RESERVED + encoding if encoding else "")] = writer.write(inner, encoding, inner_name)
    return entries


def _element(value: Any, tree: _Tree, writer: _Writer, name: str) -> Any:
    return _shape(value, tree, writer, name) if tree["names"] else writer.write(value, "", name)


def plain(value: Any) -> str:
    """A value as text; without control characters, which no reader could see, but with line ends."""
    if value is None or isinstance(value, Mapping | list | tuple):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    return "".join(char for char in text if char in "\n\t" or not fields.is_invisible(char))


def link(text: str) -> str:
    """The address of a link, if an email client can open it; otherwise a link that leads nowhere."""
    text = text.strip()
    return NO_LINK if re.search(r"\s", text) or urls.fault(text) else text
