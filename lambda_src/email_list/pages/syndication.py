"""The archive for programs: an Atom feed (RFC 4287), a sitemap (sitemaps.org), and robots.txt (RFC 9309)."""

import uuid
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from email_list.pages.archive import Entry, Site

LATEST = 20
"""Entries of a feed."""

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEVER = "1970-01-01T00:00:00Z"
"""When a feed changed that has no entry yet."""

_CLOSED = ("/confirm", "/console", "/preferences", "/unsubscribe")
"""Paths that are of no use to search engines."""


def atom(site: Site, entries: Sequence[Entry]) -> bytes:
    """The feed of the latest issues, newest first."""
    theme, latest = site.theme, entries[:LATEST]
    feed = Element("feed", {"xmlns": _ATOM, "xml:lang": theme.language})
    _texts(feed, {"title": theme.list_name, "subtitle": site.lead, "id": site.feed_url})
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=site.feed_url)
    SubElement(feed, "link", rel="alternate", type="text/html", href=site.archive_url)
    _texts(feed, {"updated": max((entry.moment for entry in latest), default=_NEVER)})
    _texts(SubElement(feed, "author"), {"name": theme.list_name})
    if theme.logo_url:
        _texts(feed, {"logo": theme.logo_url})
    for entry in latest:
        _add_entry(feed, entry)
    return _written(feed)


def _add_entry(feed: Element, entry: Entry) -> None:
    element = SubElement(feed, "entry")
    # The same for ever, whatever the archive's address becomes.
    permanent = uuid.uuid5(uuid.NAMESPACE_OID, f"email-list campaign {entry.id}").urn
    _texts(element, {"title": entry.title, "id": permanent, "published": entry.moment, "updated": entry.moment})
    SubElement(element, "link", rel="alternate", type="text/html", href=entry.url)
    _texts(element, {"summary": entry.summary})


def sitemap(site: Site, entries: Sequence[Entry]) -> bytes:
    """What search engines may find: the sign-up form and, unless they are asked to leave it out, the archive."""
    urls = Element("urlset", {"xmlns": _SITEMAP})
    _texts(SubElement(urls, "url"), {"loc": site.subscribe_url})
    if not site.noindex:
        _texts(SubElement(urls, "url"), {"loc": site.archive_url})
        for entry in entries:
            _texts(SubElement(urls, "url"), {"loc": entry.url, "lastmod": entry.moment})
    return _written(urls)


def robots(site: Site) -> bytes:
    """What robots may visit. Pages that ask not to be indexed have to be visited to be asked."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED), f"Sitemap: {site.public_url}/sitemap.xml"]
    return "".join(f"{line}\n" for line in lines).encode()


def _texts(parent: Element, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _written(root: Element) -> bytes:
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
