"""The news desk: what is new in a feed is in one issue, whatever is repeated and whatever fails."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from email_list.errors import ConflictError, EmailListError, InternalError, InvalidError, NotFoundError
from email_list.feeds.entries import Entry, Reading
from email_list.feeds.feed import MAX_ITEMS, Cadence, Feed, Issue, State, Status
from email_list.feeds.newsdesk import IN_AN_ISSUE, NewsDesk, Press, letter_of, period_of
from email_list.feeds.problem import Problem, Trouble, UnreadableError
from email_list.mail import templates, writing
from tests.unit.domain.campaign_world import Crash, FakeClock, Faults, faulty
from tests.unit.domain.letter_world import SETTINGS, delivered, reader

WISH = {"url": "https://blog.example/feed", "cadence": {"every": "day", "at": "09:00"}}


def entry(number: int, **changes: str) -> Entry:
    plain = Entry(f"k{number}", f"Entry {number}", f"https://blog.example/{number}", f"Text {number}.", "", "")
    return replace(plain, **changes)


class FakeStore:
    """The `FeedStore`, in dictionaries."""

    def __init__(self) -> None:
        self.feeds: dict[str, Feed] = {}
        self.issues: dict[tuple[str, str], Issue] = {}

    def get(self, feed_id: str) -> Feed | None:
        return self.feeds.get(feed_id)

    def put(self, feed: Feed) -> bool:
        present = self.feeds.get(feed.id)
        if (present.version if present else 0) != feed.version - 1:
            return False
        self.feeds[feed.id] = feed
        return True

    def delete(self, feed_id: str) -> None:
        self.feeds.pop(feed_id, None)

    def all(self) -> list[Feed]:
        return list(self.feeds.values())

    def issue(self, feed_id: str, period: str) -> Issue | None:
        return self.issues.get((feed_id, period))

    def begin(self, feed: Feed, issue: Issue) -> bool:
        if (feed.id, issue.period) in self.issues or not self.put(feed):
            return False
        self.issues[feed.id, issue.period] = issue
        return True

    def made(self, feed: Feed, issue: Issue) -> bool:
        if not self.put(feed):
            return False
        self.issues[feed.id, issue.period] = issue
        return True

    def drop(self, feed: Feed, issue: Issue) -> None:
        if self.put(feed):
            del self.issues[feed.id, issue.period]


class Newsstand:
    """Feeds and everything around them, in memory."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.clock = FakeClock()
        self.store = FakeStore()
        self.entries = [entry(1), entry(2)]
        self.problem = ""
        self.asked: list[tuple[str, str]] = []
        self.scheduled: dict[str, Cadence] = {}
        self.asleep: set[str] = set()
        self.sent: dict[str, Mapping[str, Any]] = {}
        self.drafts: dict[str, Mapping[str, Any]] = {}
        self.refusal: EmailListError | None = None
        store = faulty(self.store, faults) if faults else self.store
        self.desk = NewsDesk(self.store, self, self, self._compose, self._segment, "Europe/Berlin", self.clock)
        self.press = Press(store, self, self._send, self._keep, self.clock)

    # What reads feeds
    etag, modified = '"1"', "then"

    def __call__(self, url: str, etag: str = "", modified: str = "") -> "Newsstand":
        self.asked.append((etag, modified))
        if self.problem:
            raise UnreadableError(Problem(Trouble.SLOW, self.problem))
        return self

    @property
    def reading(self) -> Reading | None:
        return Reading("Blog", "https://blog.example/", list(self.entries))

    # What schedules
    def set(self, feed: Feed) -> None:
        self.scheduled[feed.id] = feed.wish.cadence
        self.asleep = self.asleep - {feed.id} | ({feed.id} if feed.status is Status.PAUSED else set())

    def remove(self, feed_id: str) -> None:
        self.scheduled.pop(feed_id, None)

    def _compose(self, letter: Mapping[str, Any]) -> object:
        return writing.compose(letter, SETTINGS, lambda name: templates.starters()[name].draft)

    def _segment(self, segment: str) -> object:
        if segment != "readers":
            raise NotFoundError("There is no segment with this id.")
        return segment

    def _send(self, request: Mapping[str, Any], key: str) -> str:
        if self.refusal:
            raise self.refusal
        assert self.sent.setdefault(key, request) == request
        return f"campaign of {key}"

    def _keep(self, draft_id: str, written: Mapping[str, Any]) -> str:
        self.drafts.setdefault(draft_id, written)
        return draft_id


@pytest.fixture
def stand() -> Newsstand:
    return Newsstand()


def titles(letter: Mapping[str, Any]) -> list[str]:
    return [item["title"] for item in letter["values"]["items"]]


def test_what_is_there_at_first_counts_as_seen_and_what_comes_next_is_sent_once(stand: Newsstand) -> None:
    feed = stand.desk.add({**WISH, "mode": "send", "segment": "readers"})
    assert [item.state for item in feed.items] == [State.SEEN, State.SEEN]
    assert stand.press.run(feed.id, "monday") is None
    stand.entries = [entry(3), *stand.entries]
    for _ in range(3):
        assert stand.press.run(feed.id, "tuesday") == f"campaign of feed-{feed.id}-tuesday"
    (request,) = stand.sent.values()
    assert (titles(request), request["audience"]) == (["Entry 3"], {"segment": "readers"})
    assert stand.desk.get(feed.id).items[0].issue == f"campaign of feed-{feed.id}-tuesday"
    assert stand.press.run(feed.id, "wednesday") is None
    assert len(stand.sent) == 1


def test_an_entry_that_is_edited_later_makes_no_issue(stand: Newsstand) -> None:
    feed = stand.desk.add({**WISH, "mode": "send"})
    stand.entries = [entry(1, title="Corrected", text="Other words."), entry(2)]
    assert stand.press.run(feed.id, "monday") is None
    assert not stand.sent


def test_a_draft_waits_for_an_editor(stand: Newsstand) -> None:
    feed = stand.desk.add(WISH)
    stand.entries.append(entry(3))
    made = stand.press.run(feed.id, "monday")
    assert made is not None
    assert stand.press.run(feed.id, "monday") == made
    (draft,) = stand.drafts.values()
    assert (draft["title"], titles(draft["letter"]), draft["audience"]) == ("Blog", ["Entry 3"], None)
    assert stand.desk.get(feed.id).items_to_json()[0] == {
        "title": "Entry 3",
        "url": "https://blog.example/3",
        "state": "taken",
        "issue": made,
    }


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_crash_at_any_step_loses_nothing_and_repeats_nothing(moment: str, at: int) -> None:
    stand = Newsstand(faults := Faults(at=at, moment=moment))
    feed = stand.desk.add({**WISH, "mode": "send"})
    stand.entries.append(entry(3))
    for _ in range(3):
        try:
            stand.press.run(feed.id, "monday")
        except Crash:
            stand.entries.append(entry(4))
    faults.at = None
    stand.press.run(feed.id, "tuesday")
    sent = [title for request in stand.sent.values() for title in titles(request)]
    assert sorted(sent) in (["Entry 3"], ["Entry 3", "Entry 4"])
    assert len({key for key in stand.sent if key.endswith("monday")}) <= 1


def test_two_starts_at_once_make_one_issue(stand: Newsstand) -> None:
    feed = stand.desk.add({**WISH, "mode": "send"})
    stand.entries.append(entry(3))
    begin = stand.store.begin

    def slowly(feed: Feed, issue: Issue) -> bool:
        stand.store.begin = begin  # type: ignore[method-assign]
        stand.press.run(feed.id, "monday")
        return begin(feed, issue)

    stand.store.begin = slowly  # type: ignore[method-assign]
    assert stand.press.run(feed.id, "monday") == f"campaign of feed-{feed.id}-monday"
    assert len(stand.sent) == 1


def test_a_server_is_asked_only_for_what_has_changed_and_its_troubles_are_told(stand: Newsstand) -> None:
    feed = stand.desk.add(WISH)
    stand.press.run(feed.id, "monday")
    assert stand.asked == [("", ""), ('"1"', "then")]
    stand.problem = "The server did not answer in time."
    assert stand.press.run(feed.id, "tuesday") is None
    assert stand.desk.get(feed.id).problem == Problem(Trouble.SLOW, stand.problem)
    stand.problem, stand.entries = "", [entry(3), *stand.entries]
    assert stand.press.run(feed.id, "wednesday")
    assert stand.desk.get(feed.id).problem is None


def test_a_paused_feed_is_not_looked_at_and_what_came_meanwhile_is_in_the_first_issue_after_it(
    stand: Newsstand,
) -> None:
    feed = stand.desk.add({**WISH, "mode": "send"})
    for _ in range(2):
        assert stand.desk.pause(feed.id).status is Status.PAUSED
    assert stand.asleep == {feed.id}
    looks = len(stand.asked)
    stand.entries.append(entry(3))
    assert stand.press.run(feed.id, "monday") is None
    assert len(stand.asked) == looks
    later = {**WISH, "cadence": {"every": "day", "at": "18:00"}, "mode": "send"}
    assert stand.desk.replace(feed.id, later).status is Status.PAUSED
    assert stand.asleep == {feed.id}
    for _ in range(2):
        assert stand.desk.resume(feed.id).status is Status.ACTIVE
    assert not stand.asleep
    assert stand.press.run(feed.id, "tuesday")
    assert titles(next(iter(stand.sent.values()))) == ["Entry 3"]
    with pytest.raises(NotFoundError):
        stand.desk.pause("nothing")


def test_an_issue_that_was_begun_is_finished_though_its_feed_is_paused(stand: Newsstand) -> None:
    feed = stand.desk.add({**WISH, "mode": "send"})
    stand.entries.append(entry(3))
    stand.refusal = InternalError("Later.")
    with pytest.raises(InternalError):
        stand.press.run(feed.id, "monday")
    stand.refusal = None
    stand.desk.pause(feed.id)
    assert stand.press.run(feed.id, "monday")
    assert len(stand.sent) == 1


def test_a_pause_while_the_feed_is_looked_at_is_refused_and_holds_when_asked_again(stand: Newsstand) -> None:
    feed = stand.desk.add(WISH)
    get = stand.store.get

    def slowly(feed_id: str) -> Feed | None:
        found = get(feed_id)
        stand.store.get = get  # type: ignore[method-assign]
        stand.press.run(feed_id, "monday")
        return found

    stand.store.get = slowly  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="Try again"):
        stand.desk.pause(feed.id)
    assert not stand.asleep
    assert stand.desk.pause(feed.id).status is Status.PAUSED


def test_entries_of_which_nothing_can_be_made_come_again_with_the_next_look(stand: Newsstand) -> None:
    feed = stand.desk.add({**WISH, "mode": "send"})
    stand.entries.append(entry(3))
    stand.refusal = InvalidError("There is no template 'mine'.")
    assert stand.press.run(feed.id, "monday") is None
    assert stand.desk.get(feed.id).problem == Problem(Trouble.NO_ISSUE, "There is no template 'mine'.")
    stand.refusal = None
    assert stand.press.run(feed.id, "tuesday")
    assert titles(next(iter(stand.sent.values()))) == ["Entry 3"]


def test_a_feed_that_cannot_be_read_is_not_added(stand: Newsstand) -> None:
    stand.problem = "This is a web page, not a feed."
    with pytest.raises(InvalidError, match="a web page"):
        stand.desk.add(WISH)
    assert not stand.store.feeds
    assert not stand.scheduled


def test_another_address_begins_anew_and_another_time_does_not(stand: Newsstand) -> None:
    feed = stand.desk.add(WISH)
    later = {**WISH, "cadence": {"every": "week", "on": "monday", "at": "18:30", "time_zone": "America/Lima"}}
    assert stand.desk.replace(feed.id, later).items == feed.items
    assert stand.scheduled[feed.id].expression == "cron(30 18 ? * MON *)"
    stand.entries = [entry(7)]
    changed = stand.desk.replace(feed.id, {**later, "url": "https://other.example/feed"})
    assert [item.key for item in changed.items] == ["k7"]
    stand.desk.delete(feed.id)
    assert not stand.scheduled
    assert stand.press.run(feed.id, "monday") is None
    with pytest.raises(NotFoundError):
        stand.desk.get(feed.id)


def test_what_is_remembered_is_bounded_and_keeps_what_is_still_there(stand: Newsstand) -> None:
    feed = stand.desk.add(WISH)
    for day in range(4):
        stand.entries = [entry(number) for number in range(day * 90, day * 90 + 200)]
        stand.press.run(feed.id, f"day {day}")
    known = stand.desk.get(feed.id)
    assert len(known.items) <= MAX_ITEMS
    assert known.new(Reading("", "", stand.entries)) == []


def test_a_preview_shows_the_letter_that_the_feed_would_make(stand: Newsstand) -> None:
    reading, letter = stand.desk.preview(WISH)
    assert (reading.title, titles(letter)) == ("Blog", ["Entry 1", "Entry 2"])
    assert not stand.store.feeds


def test_a_letter_has_the_newest_entries_and_takes_nothing_in_them_for_markdown_or_html() -> None:
    odd = entry(1, text="*not* [a](https://x.example) <b>link</b> # {{name}} 1. `x`", date="2026-01-01T00:00:00.000Z")
    many = [entry(number, date=f"2025-01-01T00:{number:02}:00.000Z") for number in range(2, 40)]
    stand = Newsstand()
    feed = stand.desk.add(WISH)
    letter = letter_of(feed.wish, Reading("Blog", "", [odd, *many]), [*many, odd])
    assert titles(letter)[:2] == ["Entry 1", "Entry 39"]
    assert len(titles(letter)) == IN_AN_ISSUE
    composed = writing.compose(letter, SETTINGS, lambda name: templates.starters()[name].draft)
    mail = delivered(composed.content, reader())
    assert "*not* [a](https://x.example) &lt;b&gt;link&lt;/b&gt; # {{name}} 1. `x`" in mail.html.replace("&#123;", "{")
    assert not composed.warnings


def test_entries_that_are_nothing_but_a_title_can_be_sent(stand: Newsstand) -> None:
    feed = stand.desk.add(WISH)
    bare = letter_of(feed.wish, Reading("", "", []), [Entry("k", "Bare", "", "", "", "")])
    composed = writing.compose(bare, SETTINGS, lambda name: templates.starters()[name].draft)
    assert "Bare" in delivered(composed.content, reader()).text


@pytest.mark.parametrize(
    ("cadence", "expression"),
    [
        ({"every": "day", "at": "00:05"}, "cron(5 0 * * ? *)"),
        ({"every": "week", "at": "09:00", "on": "sunday"}, "cron(0 9 ? * SUN *)"),
        ({"every": "month", "at": "23:59", "on": 28}, "cron(59 23 28 * ? *)"),
    ],
)
def test_a_cadence_is_a_schedule_in_its_time_zone(cadence: dict[str, Any], expression: str) -> None:
    read = Cadence.read(cadence, "Europe/Berlin")
    assert (read.expression, read.time_zone) == (expression, "Europe/Berlin")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "blog.example"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "https://user:secret@blog.example/"}, "url"),
        ({"url": "https://" + "x" * 1000}, "url"),
        ({"url": 7}, "url"),
        ({"cadence": None}, "cadence"),
        ({"cadence": {"every": "day", "at": "09:00", "often": True}}, "cadence"),
        ({"cadence": {"every": "hour", "at": "09:00"}}, "cadence.every"),
        ({"cadence": {"every": [], "at": "09:00"}}, "cadence.every"),
        ({"cadence": {"every": "day", "at": "24:00"}}, "cadence.at"),
        ({"cadence": {"every": "day", "at": "09:00", "on": "monday"}}, "cadence.on"),
        ({"cadence": {"every": "week", "at": "09:00", "on": 1}}, "cadence.on"),
        ({"cadence": {"every": "month", "at": "09:00", "on": 31}}, "cadence.on"),
        ({"cadence": {"every": "month", "at": "09:00", "on": True}}, "cadence.on"),
        ({"cadence": {"every": "day", "at": "09:00", "time_zone": "?"}}, "cadence.time_zone"),
        ({"mode": "print"}, "mode"),
    ],
)
def test_a_feed_that_makes_no_sense_is_refused_by_field(stand: Newsstand, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as error:
        stand.desk.add({**WISH, **changes})
    assert (error.value.details or {})["field"] == field


def test_a_template_or_segment_that_is_not_there_is_refused_at_once(stand: Newsstand) -> None:
    with pytest.raises(NotFoundError):
        stand.desk.add({**WISH, "segment": "nobody"})
    with pytest.raises(InvalidError):
        stand.desk.add({**WISH, "template": "announcement"})


def test_feeds_are_bounded(stand: Newsstand) -> None:
    for _ in range(50):
        stand.desk.add(WISH)
    with pytest.raises(ConflictError, match="at most 50 feeds"):
        stand.desk.add(WISH)


def test_a_period_is_the_moment_of_the_schedule_or_where_none_is_told_the_minute(stand: Newsstand) -> None:
    assert period_of("2026-11-26T08:00:00Z", stand.clock()) == "2026-11-26T08:00:00Z"
    assert period_of("<aws.scheduler.scheduled-time>", stand.clock()) == f"{stand.clock():%Y-%m-%dT%H:%M}"
