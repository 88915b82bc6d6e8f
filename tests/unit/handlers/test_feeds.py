"""Feeds through the API and their schedules: kept, changed, previewed, and emailed once."""

from dataclasses import replace
from typing import Any

import pytest

from email_list.aws.draft_table import DraftTable
from email_list.aws.feed_schedule import FeedSchedule
from email_list.aws.feed_table import FeedTable
from email_list.feeds.entries import MAX_ADDRESS, MAX_TITLE, Entry, Reading
from email_list.feeds.feed import MAX_ADDRESS_BYTES, MAX_ITEMS, Feed, State
from email_list.feeds.problem import Problem, Trouble, UnreadableError
from handlers.wiring import feeds, tables
from tests.unit.domain.feed_server import serving
from tests.unit.handlers.conftest import Answer, Stack

CADENCE = {"every": "month", "at": "09:00", "on": 1}
WISH = {"url": "https://blog.example/feed", "cadence": CADENCE, "mode": "draft"}


class Blog:
    """What reads feeds, in place of the function that does."""

    etag, modified = '"1"', ""

    def __init__(self) -> None:
        self.numbers = [1]
        self.problem = ""

    def __call__(self, url: str, etag: str = "", modified: str = "") -> "Blog":
        if self.problem:
            raise UnreadableError(Problem(Trouble.PAGE, self.problem))
        return self

    @property
    def reading(self) -> Reading:
        entries = [Entry(f"k{n}", f"Entry {n}", f"https://blog.example/{n}", "Text", "", "") for n in self.numbers]
        return Reading("Blog", "https://blog.example/", entries)


@pytest.fixture
def scheduled(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The schedules, as expressions by feed."""
    found: dict[str, str] = {}
    for name, value in {"SCHEDULE_GROUP": "g", "SCHEDULE_ROLE": "r", "FEED_SENDER_ARN": "a"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(FeedSchedule, "set", lambda _, feed: found.update({feed.id: feed.wish.cadence.expression}))
    monkeypatch.setattr(FeedSchedule, "remove", lambda _, feed_id: found.pop(feed_id, None))
    return found


@pytest.fixture
def blog(scheduled: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Blog:
    blog = Blog()
    monkeypatch.setattr(feeds, "reader", lambda: blog)
    return blog


def http(method: str, path: str, body: Any = None) -> Answer:
    return Stack({}).http("feeds", method, path, json_body=body)


def test_a_feed_is_kept_changed_paused_resumed_listed_and_deleted(blog: Blog, scheduled: dict[str, str]) -> None:
    made = http("POST", "/feeds", WISH)
    assert made.status == 201
    feed = made.json
    assert feed["cadence"] == {**CADENCE, "time_zone": "Europe/Berlin"}
    assert [item["state"] for item in feed["items"]] == ["seen"]
    assert http("GET", f"/feeds/{feed['id']}").json == feed
    changed = http("PUT", f"/feeds/{feed['id']}", {**feed, "cadence": {"every": "day", "at": "07:30"}})
    assert changed.status == 200
    assert scheduled == {feed["id"]: "cron(30 7 * * ? *)"}
    for action, status in (("pause", "paused"), ("resume", "active")):
        switched = http("POST", f"/feeds/{feed['id']}/{action}")
        assert (switched.status, switched.json["status"]) == (200, status)
        (listed,) = http("GET", "/feeds").json["feeds"]
        assert (listed["id"], listed["status"]) == (feed["id"], status)
    assert http("POST", "/feeds/nothing/pause").status == 404
    assert http("DELETE", f"/feeds/{feed['id']}").status == 204
    assert http("GET", f"/feeds/{feed['id']}").status == 404
    assert (scheduled, http("GET", "/feeds").json["feeds"]) == ({}, [])


def test_a_feed_that_cannot_be_read_is_refused_with_the_reason(blog: Blog, scheduled: dict[str, str]) -> None:
    blog.problem = "This is a web page, not a feed."
    answer = http("POST", "/feeds", WISH)
    assert (answer.status, answer.json["error"]["code"]) == (422, "unreadable_feed")
    assert answer.json["error"]["details"] == {"field": "url", "reason": "feed_is_a_page"}
    assert http("POST", "/feeds/preview", WISH).status == 422
    assert not scheduled


def test_why_the_latest_look_failed_is_told_until_the_next_succeeds(blog: Blog, stack: Stack) -> None:
    feed = http("POST", "/feeds", WISH).json["id"]
    for blog.problem in ("This is a web page, not a feed.", ""):
        stack.run("send_feed", {"feed": feed, "period": f"2026-12-01T08:00:00Z {blog.problem}"})
        told = {"code": "feed_is_a_page", "message": blog.problem} if blog.problem else None
        assert http("GET", f"/feeds/{feed}").json["problem"] == told


def test_a_preview_stores_nothing(blog: Blog) -> None:
    preview = http("POST", "/feeds/preview", WISH).json
    assert (preview["title"], preview["letter"]["template"]) == ("Blog", "digest")
    assert http("GET", "/feeds").json["feeds"] == []


def test_new_entries_become_one_draft_whatever_is_repeated(blog: Blog, stack: Stack) -> None:
    feed = http("POST", "/feeds", WISH).json["id"]
    blog.numbers = [2, 1]
    for period in ("2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z", "2027-01-01T08:00:00Z"):
        stack.run("send_feed", {"feed": feed, "period": period})
    (draft,) = DraftTable(tables.records()).page(10, None).drafts
    assert draft.title == "Blog"
    shown = http("GET", f"/feeds/{feed}").json["items"]
    assert [(item["title"], item["state"], item["issue"]) for item in shown] == [
        ("Entry 2", "taken", draft.id),
        ("Entry 1", "seen", None),
    ]


def test_of_two_changes_at_once_one_is_refused(blog: Blog) -> None:
    store = FeedTable(tables.records())
    feed = store.get(http("POST", "/feeds", WISH).json["id"])
    assert isinstance(feed, Feed)
    entry = Entry("k9", "Nine", "", "", "", "")
    changed = replace(feed.knowing([entry], State.SEEN), version=2)
    assert store.put(changed)
    assert not store.put(changed)
    assert http("GET", f"/feeds/{feed.id}").json["items"][0]["title"] == "Nine"


def test_as_many_entries_as_are_remembered_fit_into_a_row_however_long_they_are(blog: Blog) -> None:
    store = FeedTable(tables.records())
    feed = store.get(http("POST", "/feeds", WISH).json["id"])
    assert isinstance(feed, Feed)
    for length in (MAX_ADDRESS_BYTES, MAX_ADDRESS):
        address = "https://e.org/".ljust(length, '"')
        entries = [Entry(f"{n:024}", "😀" * MAX_TITLE, address, "", "", "") for n in range(MAX_ITEMS)]
        feed = replace(feed.knowing(entries, State.TAKEN, feed.id), version=feed.version + 1)
        assert store.put(feed)
        shown = http("GET", f"/feeds/{feed.id}").json["items"]
        assert len(shown) == MAX_ITEMS
        assert shown[0]["url"] == (address if length == MAX_ADDRESS_BYTES else "")


def test_the_function_that_reads_says_what_is_there_or_why_not(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(url: str, etag: str = "") -> Any:
        return stack.run("read_feed", {"url": url, "etag": etag, "modified": ""})

    with serving() as server:
        refused = read(f"{server}/plain")["problem"]
        assert (refused["code"], "is not a public address" in refused["message"]) == ("feed_forbidden", True)
        monkeypatch.setenv("FEEDS_MAY_BE_PRIVATE", "true")
        found = read(f"{server}/plain")
        assert (found["reading"]["entries"], found["etag"]) == ([], '"1"')
        assert read(f"{server}/plain", '"1"')["reading"] is None
