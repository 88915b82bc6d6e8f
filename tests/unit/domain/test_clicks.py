"""Clicks by link: exact, within bounds, whatever addresses events bring."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from email_list.campaigns import clicks
from email_list.clock import iso
from email_list.errors import NotFoundError
from email_list.events.mail_events import Event, Kind, Place
from email_list.events.recording import Recorder
from email_list.mail import writing
from email_list.mail.writing import Draft
from tests.unit.domain.feedback_world import FakeFeedback
from tests.unit.domain.letter_world import SETTINGS, delivered, outline, reader

SENT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LINKS = ["https://e.org/", "https://e.org/a?x=1&y=2", "https://e.org/u/…/page"]


def find(name: str) -> Draft:
    raise NotFoundError(name)


def links(**letter: Any) -> list[str]:
    return clicks.links_of(writing.compose({"subject": "x", **letter}, SETTINGS, find).content.html)


def test_the_links_of_a_letter_are_those_that_readers_can_click() -> None:
    body = "[a](https://e.org/a?x=1&y=2) [b](https://e.org/b) [a](https://e.org/a?x=1&y=2) <mailto:a@e.org> [d](#e)\n\n"
    body += '<a id="e"></a>[c](https://e.org/{{attributes.city}}/x) [w]({{attributes.link}}) [l]({{unsubscribe_url}})'
    defaults = {"attributes.city": "Ulm", "attributes.link": "https://e.org/w"}
    letter = {"body": body, "defaults": defaults}
    assert links(**letter) == ["https://e.org/a?x=1&y=2", "https://e.org/b", "https://e.org/…/x"]
    content = writing.compose({"subject": "x", **letter}, SETTINGS, find).content
    seen = outline(delivered(content, reader(attributes={"city": "Köln & co"})).html).links
    assert [clicks.name_of(address, links(**letter)) for address in seen if address.startswith("https://e.org")] == [
        *("0", "1", "0", "2"),
        clicks.OTHER,
    ]


def test_a_letter_of_very_many_links_is_counted_within_bounds() -> None:
    found = links(body="\n\n".join(f"[{n}](https://e.org/{n})" for n in range(300)))
    assert (len(found), found[0]) == (clicks.MAX_LINKS, "https://e.org/0")
    assert links(body=f"[x](https://e.org/{'x' * 600})") == []


def click(position: int, link: str, minutes: int = 1, machine: bool = False, batch: int = 1) -> Event:
    at = iso(SENT + timedelta(minutes=minutes))
    return Event(Kind.CLICK, f"m{position}", iso(SENT), at, (), Place("C", batch, position), machine=machine, link=link)


def test_readers_are_counted_once_for_each_link_however_events_come() -> None:
    store = FakeFeedback()
    recorder = Recorder(store, lambda campaign: LINKS)
    events = [
        click(1, LINKS[0]),
        click(1, LINKS[0], minutes=9),
        click(1, LINKS[1]),
        click(2, LINKS[1]),
        click(2, "https://e.org/u/17/page"),
        click(3, "https://e.org/u/18/page", batch=2),
        click(3, "https://elsewhere.org/"),
        click(4, LINKS[0], machine=True),
    ]
    for half in (events[5:], events[:5], events):
        recorder.record(half)
    assert clicks.by_link(store.sums("C"), LINKS) == [
        {"url": LINKS[1], "clicked": 2},
        {"url": LINKS[2], "clicked": 2},
        {"url": LINKS[0], "clicked": 1},
        {"url": None, "clicked": 1},
    ]
    assert Counter(store.sums("C")) == store.recount("C")


def test_a_link_that_nobody_clicked_is_shown_with_nobody() -> None:
    assert clicks.by_link({}, LINKS[:1]) == [{"url": LINKS[0], "clicked": 0}]
    assert clicks.by_link({}, []) == []
