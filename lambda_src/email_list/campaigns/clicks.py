"""Clicks by link: which links a letter has, and which of them was clicked.

For each click, SES reports the address it led to (SES developer guide, "Contents of event data", click object). A
campaign remembers the links of its letter, so only a limited number is counted, however many addresses events contain.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from email_list.campaigns.feedback import link_sum

MAX_LINKS = 100
"""Links of one letter that are counted separately, in the order in which they appear in it."""

MAX_LINK = 500
"""Characters of such a link."""

OTHER = "x"
"""Represents all other links."""

VALUE = "…"
"""Represents a value in a link that differs from reader to reader."""

_ANCHOR = re.compile(r"<a\b[^<>]*>", re.IGNORECASE)
_ADDRESS = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_TAG = re.compile(r"\{\{\{?[^{}]*\}?\}\}")
_NO_TRACK = re.compile(r"\sses:no-track\b", re.IGNORECASE)


def links_of(html: str) -> list[str]:
    """The links that SES reports clicks on, in HTML as SES stores it; without those that are nothing but a value."""
    found = dict.fromkeys(_links(html))
    return [link for link in found if len(link) <= MAX_LINK and link.startswith(("http:", "https:"))][:MAX_LINKS]


def _links(html: str) -> Iterator[str]:
    for anchor in _ANCHOR.findall(html):
        address = _ADDRESS.search(anchor)
        if address and not _NO_TRACK.search(anchor):
            found = _TAG.sub(VALUE, address[1] or address[2] or "")
            # What an HTML serializer escapes in an attribute (HTML standard, 13.3).
            yield found.replace("&quot;", '"').replace("&nbsp;", "\xa0").replace("&amp;", "&").strip()


def name_of(address: str, links: Sequence[str]) -> str:
    """Which of a letter's links led to an address: its number as text, or `OTHER`."""
    if address in links:
        return str(links.index(address))
    for number, link in enumerate(links):
        begin, value, _ = link.partition(VALUE)
        if value and address.startswith(begin) and address.endswith(link.rpartition(VALUE)[2]):
            return str(number)
    return OTHER


def by_link(sums: Mapping[str, int], links: Sequence[str]) -> list[dict[str, Any]]:
    """How many readers clicked each link, most clicked first; `url` is None for all links that are not counted
    separately."""
    clicked = {link: sums.get(link_sum(str(number)), 0) for number, link in enumerate(links)}
    counted = [{"url": link, "clicked": clicked[link]} for link in sorted(links, key=lambda link: -clicked[link])]
    others = sums.get(link_sum(OTHER), 0)
    return [*counted, *([{"url": None, "clicked": others}] if others else [])]
