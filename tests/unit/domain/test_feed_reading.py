"""Feeds in the shapes that real ones have: each is read, or refused with a reason."""

import json
from contextlib import suppress
from typing import Any

import pytest

from email_list.feeds.entries import MAX_ENTRIES, Reading
from email_list.feeds.fetching import Fetched
from email_list.feeds.problem import FeedError
from email_list.feeds.reading import read

BASE = "https://blog.example/feeds/news"


def feed(content: str | bytes, content_type: str = "application/xml", url: str = BASE) -> Reading:
    return read(Fetched(content if isinstance(content, bytes) else content.encode(), content_type, "", "", url))


def rss(items: str, version: str = "2.0", encoding: str = "UTF-8") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="{version}"><channel><title>Blog</title>'
        f"<link>https://blog.example/</link><description>x</description>{items}</channel></rss>"
    )


ITEM = "<item><title>One</title><link>https://blog.example/1</link><description>First.</description></item>"


def only(reading: Reading) -> Any:
    (entry,) = reading.entries
    return entry


@pytest.mark.parametrize("version", ["0.91", "0.92", "2.0"])
def test_rss_of_any_age(version: str) -> None:
    reading = feed(rss(ITEM, version))
    assert (reading.title, reading.link) == ("Blog", "https://blog.example/")
    entry = only(reading)
    assert (entry.title, entry.url, entry.text) == ("One", "https://blog.example/1", "First.")


def test_rss_of_1999_and_rss_1_0() -> None:
    old = (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{}">'
        "<channel><title>Blog</title><link>https://blog.example/</link></channel>"
        "<item><title>One</title><link>https://blog.example/1</link></item></rdf:RDF>"
    )
    for namespace in ("http://my.netscape.com/rdf/simple/0.9/", "http://purl.org/rss/1.0/"):
        assert only(feed(old.format(namespace))).title == "One"


def test_atom_with_html_xhtml_and_text() -> None:
    entry = "<entry><id>{0}</id><title type='html'>&lt;b&gt;T&lt;/b&gt;</title><link href='/{0}'/>{1}</entry>"
    contents = (
        "<content type='html'>&lt;p&gt;Hello &lt;i&gt;you&lt;/i&gt;&lt;/p&gt;</content>",
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Hello <i>you</i></p></div></content>",
        "<summary>Hello you</summary>",
    )
    entries = "".join(entry.format(number, content) for number, content in enumerate(contents))
    reading = feed(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Blog</title>{entries}</feed>")
    assert [(each.title, each.text, each.url) for each in reading.entries] == [
        ("T", "Hello you", f"https://blog.example/{number}") for number in range(3)
    ]


@pytest.mark.parametrize("version", ["1", "1.1"])
def test_json_feed(version: str) -> None:
    items = [
        {"id": 7, "url": "/one", "title": "One", "content_html": "<p>First &amp; last.</p>", "image": "p.png"},
        {"id": "8", "content_text": "No title.", "date_published": "2026-11-01T10:00:00+01:00"},
        {"title": "", "content_text": ""},
        "nonsense",
    ]
    document = {"version": f"https://jsonfeed.org/version/{version}", "title": "Blog", "items": items}
    one, two = feed(json.dumps(document), "application/feed+json").entries
    assert (one.url, one.text) == ("https://blog.example/one", "First & last.")
    assert one.image_url == "https://blog.example/feeds/p.png"
    assert (two.title, two.date) == ("No title.", "2026-11-01T09:00:00.000Z")


@pytest.mark.parametrize(
    ("given", "date"),
    [
        ("Sun, 01 Nov 2026 10:00:00 GMT", "2026-11-01T10:00:00.000Z"),
        ("Sun, 01 Nov 2026 10:00:00 +0100", "2026-11-01T09:00:00.000Z"),
        ("2026-11-01", "2026-11-01T00:00:00.000Z"),
        ("yesterday", ""),
        ("32 Foo 2026 99:00:00", ""),
        ("", ""),
    ],
)
def test_dates_right_and_wrong(given: str, date: str) -> None:
    item = f"<item><title>One</title><guid>1</guid><pubDate>{given}</pubDate></item>"
    assert only(feed(rss(item))).date == date


@pytest.mark.parametrize(
    ("said", "written", "header"),
    [
        ("UTF-8", "utf-8", "application/xml"),
        ("ISO-8859-1", "latin-1", "application/xml"),
        ("UTF-16", "utf-16", "application/xml"),
        ("UTF-8", "latin-1", "application/xml"),
        ("windows-1252", "cp1252", "text/xml; charset=windows-1252"),
        ("UTF-8", "utf-8", "text/plain"),
    ],
)
def test_encodings_right_and_wrong(said: str, written: str, header: str) -> None:
    item = "<item><title>Über Straßen</title><guid>1</guid></item>"
    assert only(feed(rss(item, encoding=said).encode(written), header)).title == "Über Straßen"


def test_addresses_that_are_relative_or_lead_nowhere() -> None:
    items = "".join(
        f"<item><title>{number}</title><guid isPermaLink='false'>{number}</guid><link>{link}</link></item>"
        for number, link in enumerate(
            ["/a", "b?x=1", "https://other.example/c", "javascript:alert(1)", "http://[", "/a&#8203;b", ""]
        )
    )
    assert [each.url for each in feed(rss(items)).entries] == [
        *("https://blog.example/a", "https://blog.example/feeds/b?x=1", "https://other.example/c", "", "", "", "")
    ]


@pytest.mark.parametrize(
    ("source", "picture"),
    [
        ("<enclosure url='https://e.org/a.jpg' type='image/jpeg' length='1'/>", "https://e.org/a.jpg"),
        ("<enclosure url='https://e.org/a.mp3' type='audio/mpeg' length='1'/>", ""),
        ("<media:thumbnail url='https://e.org/t.png'/>", "https://e.org/t.png"),
        ("<description>&lt;p&gt;&lt;img src='/i.png'&gt;x&lt;/p&gt;</description>", "https://blog.example/i.png"),
        ("<description>&lt;img src='data:image/png;base64,xx'&gt;</description>", ""),
    ],
)
def test_an_entrys_picture(source: str, picture: str) -> None:
    item = f"<item><title>x</title><guid>1</guid>{source}</item>"
    text = rss(item).replace("<rss ", "<rss xmlns:media='http://search.yahoo.com/mrss/' ")
    assert only(feed(text)).image_url == picture


def test_an_edited_entry_is_known_again_by_its_id_or_else_its_address() -> None:
    before = "<item><guid>7</guid><title>One</title><link>https://blog.example/1</link></item>"
    after = "<item><guid>7</guid><title>One, corrected</title><link>https://blog.example/one</link></item>"
    assert only(feed(rss(before))).key == only(feed(rss(after))).key
    assert only(feed(rss(ITEM))).key == only(feed(rss(ITEM.replace("First.", "First!")))).key


def test_an_entry_that_is_there_twice_is_one_and_what_nobody_could_know_again_is_none() -> None:
    assert len(feed(rss(ITEM * 3 + "<item><description>?</description></item>")).entries) == 1


def test_many_entries_are_cut_and_long_ones_shortened() -> None:
    many = "".join(
        f"<item><title>{'x ' * 500}</title><guid>{n}</guid><description>{'y ' * 5000}</description></item>"
        for n in range(500)
    )
    reading = feed(rss(many))
    assert len(reading.entries) == MAX_ENTRIES
    assert len(reading.entries[0].title) <= 200
    assert len(reading.entries[0].text) <= 600


def test_scripts_and_tags_are_no_text() -> None:
    item = "<item><title>a &amp;lt; b</title><guid>1</guid><description>{}</description></item>"
    bad = "&lt;script&gt;x()&lt;/script&gt;&lt;style&gt;p{}&lt;/style&gt;&lt;p&gt;Hello&lt;br&gt;you&lt;/p&gt;"
    entry = only(feed(rss(item.format(bad))))
    assert (entry.title, entry.text) == ("a < b", "Hello you")


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_possible() -> None:
    assert only(feed(rss(ITEM.replace("First.", "Q & A &nbsp; <b>x")))).title == "One"


def test_an_empty_feed_is_a_feed() -> None:
    assert feed(rss("")).entries == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "The response is empty"),
        ("<!doctype html><html><body>Hello</body></html>", "This is a web page, not a feed"),
        ("Hello", "neither RSS, Atom nor a JSON feed"),
        ("<note>x</note>", "neither RSS, Atom nor a JSON feed"),
        ("{", "not valid JSON"),
        ('{"a": 1}', "JSON, but not a JSON feed"),
        ("[" * 100_000, "neither RSS"),
        ('{"a":' * 100_000, "not valid JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither RSS"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(content: str | bytes, reason: str) -> None:
    with pytest.raises(FeedError, match=reason):
        feed(content)


def with_doctype(doctype: str, text: str) -> str:
    start, rest = rss(ITEM.replace("First.", text)).split("?>", 1)
    return f"{start}?><!DOCTYPE rss [{doctype}]>{rest}"


def test_a_bomb_of_entities_is_refused_or_harmless() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    with suppress(FeedError):
        read_ = feed(with_doctype(f'<!ENTITY a0 "ha">{entities}', "&a9;"))
        assert all(len(each.text) <= 600 for each in read_.entries)


def test_files_are_not_read_by_entities() -> None:
    assert "root:" not in repr(feed(with_doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")))
