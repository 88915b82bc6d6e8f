"""The news desk: looks at feeds, and makes an issue of what is new.

A period makes at most one issue, whatever is repeated: the entries are taken and the issue is stored in one
transaction, and what is made of it has an id or a key that says so. What cannot be made is put back, and tried again
with the next look.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from email_list.campaigns.campaign import new_id
from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError, EmailListError, NotFoundError
from email_list.feeds.entries import Entry, Reading
from email_list.feeds.feed import Feed, FeedStore, Issue, Mode, State, Status, Wish
from email_list.feeds.problem import Problem, Trouble, UnreadableError

MAX_FEEDS = 50
IN_AN_ISSUE = 25
"""Entries of one issue; with more, the newest."""

LACKING = {f"items.*.{name}": "" for name in ("text", "url", "date", "image_url", "image_alt")}
"""What entries may lack, and templates print nothing for."""

ATTEMPTS = 5

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+.!|~^=:-])")

logger = logging.getLogger(__name__)


class Look(Protocol):
    """What reads feeds (`email_list.aws.feed_reader`, or a fake in tests)."""

    def __call__(self, url: str, etag: str = "", modified: str = "") -> "Seen":
        """UnreadableError says why a feed cannot be read."""
        ...


class Seen(Protocol):
    """What was read; `reading` is None where nothing has changed."""

    @property
    def reading(self) -> Reading | None: ...
    @property
    def etag(self) -> str: ...
    @property
    def modified(self) -> str: ...


class Timetable(Protocol):
    """Schedules (`email_list.aws.schedule`, or a fake in tests)."""

    def set(self, feed: Feed) -> None:
        """Look at a feed by its cadence from now on, or not while it is paused. InvalidError for a time zone that
        nobody knows."""
        ...

    def remove(self, feed_id: str) -> None: ...


class NewsDesk:
    """What administrators do with feeds. `check` composes a letter, as a campaign would."""

    def __init__(
        self,
        store: FeedStore,
        look: Look,
        timetable: Timetable,
        check: Callable[[Mapping[str, Any]], object],
        check_segment: Callable[[str], object],
        zone: str,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._look = look
        self._timetable = timetable
        self._check = check
        self._check_segment = check_segment
        self._zone = zone
        self._clock = clock

    def add(self, asked: Mapping[str, Any]) -> Feed:
        """A new feed, all of whose present entries count as seen."""
        if len(self._store.all()) >= MAX_FEEDS:
            raise ConflictError(f"A list can have at most {MAX_FEEDS} feeds. Delete one first.")
        wish, now = self._wish(asked), self._clock()
        feed = self._first_look(Feed(new_id(now), wish, iso(now), iso(now)))
        self._timetable.set(feed)
        self._store.put(feed)
        return feed

    def get(self, feed_id: str) -> Feed:
        """NotFoundError if there is no such feed."""
        feed = self._store.get(feed_id)
        if feed is None:
            raise NotFoundError("There is no such feed.")
        return feed

    def replace(self, feed_id: str, asked: Mapping[str, Any]) -> Feed:
        """Change a feed. At another address, the present entries count as seen."""
        feed, wish = self.get(feed_id), self._wish(asked)
        changed = replace(feed, wish=wish, updated_at=iso(self._clock()), version=feed.version + 1)
        if wish.url != feed.wish.url:
            changed = self._first_look(replace(changed, items=(), etag="", modified="", problem=None))
        self._timetable.set(changed)
        return self._put(changed)

    def pause(self, feed_id: str) -> Feed:
        """Look at a feed no longer until it is resumed. What comes meanwhile is new then."""
        paused = self._put(self._as(feed_id, Status.PAUSED))
        self._timetable.set(paused)
        return paused

    def resume(self, feed_id: str) -> Feed:
        """Look at a paused feed again."""
        resumed = self._as(feed_id, Status.ACTIVE)
        self._timetable.set(resumed)
        return self._put(resumed)

    def delete(self, feed_id: str) -> None:
        """Look at a feed no longer. Drafts and campaigns made of it stay."""
        self.get(feed_id)
        self._timetable.remove(feed_id)
        self._store.delete(feed_id)

    def preview(self, asked: Mapping[str, Any]) -> tuple[Reading, dict[str, Any]]:
        """A feed as it is now, and the letter that its latest entries would make."""
        wish = self._wish(asked)
        seen = self._look(wish.url)
        reading = seen.reading or Reading("", "", ())
        return reading, letter_of(wish, reading, reading.entries)

    def _as(self, feed_id: str, status: Status) -> Feed:
        feed = self.get(feed_id)
        return replace(feed, status=status, updated_at=iso(self._clock()), version=feed.version + 1)

    def _put(self, changed: Feed) -> Feed:
        if not self._store.put(changed):
            raise ConflictError("The feed was changed or looked at at the same time. Try again.")
        return changed

    def _wish(self, asked: Mapping[str, Any]) -> Wish:
        wish = Wish.read(asked, self._zone)
        if wish.segment:
            self._check_segment(wish.segment)
        sample = [Entry("0", "A title", "https://example.org/", "A text.", "", "")]
        self._check(letter_of(wish, Reading("A feed", "https://example.org/", sample), sample))
        return wish

    def _first_look(self, feed: Feed) -> Feed:
        seen = self._look(feed.wish.url)
        reading = seen.reading or Reading("", "", ())
        known = feed.knowing(reading.entries, State.SEEN)
        looked = replace(known, title=reading.title, link=reading.link, looked_at=iso(self._clock()))
        return replace(looked, etag=seen.etag, modified=seen.modified)


class Press:
    """Makes issues, when their time has come. `send` creates a campaign once for each key, `keep` a draft once for each
    id; both return its id."""

    def __init__(
        self,
        store: FeedStore,
        look: Look,
        send: Callable[[Mapping[str, Any], str], str],
        keep: Callable[[str, Mapping[str, Any]], str],
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._look = look
        self._send = send
        self._keep = keep
        self._clock = clock

    def run(self, feed_id: str, period: str) -> str | None:
        """Look at a feed, and make one issue of what is new; returns the id of what was made, if anything was."""
        feed = self._store.get(feed_id)
        if feed is None:
            return None
        issue = self._store.issue(feed_id, period) or self._begun(feed, period)
        if issue is None or issue.made:
            return issue.made if issue else None
        try:
            made = self._make(feed, issue)
        except EmailListError as error:
            if error.status >= 500:
                raise
            self._put_back(feed_id, issue, Problem(Trouble.NO_ISSUE, error.message))
            return None
        self._note(feed_id, replace(issue, made=made))
        return made

    def _begun(self, feed: Feed, period: str) -> Issue | None:
        if feed.status is Status.PAUSED:
            return None
        now = self._clock()
        looked = replace(feed, looked_at=iso(now), problem=None, version=feed.version + 1)
        try:
            seen = self._look(feed.wish.url, feed.etag, feed.modified)
        except UnreadableError as error:
            logger.warning("feed not read", extra={"feed": feed.id, "problem": error.message})
            self._store.put(replace(looked, problem=error.problem))
            return None
        looked = replace(looked, etag=seen.etag, modified=seen.modified)
        entries = feed.new(seen.reading) if seen.reading else []
        if seen.reading is None or not entries:
            self._store.put(looked)
            return None
        looked = replace(looked, title=seen.reading.title, link=seen.reading.link)
        letter = letter_of(feed.wish, seen.reading, entries)
        issue = Issue(period, new_id(now), letter, [entry.key for entry in entries])
        if not self._store.begin(looked.knowing(entries, State.TAKEN, issue.id), issue):
            # Somebody else was faster: what they took is theirs to make.
            return self._store.issue(feed.id, period)
        return issue

    def _make(self, feed: Feed, issue: Issue) -> str:
        audience = {"segment": feed.wish.segment} if feed.wish.segment else None
        if feed.wish.mode is Mode.SEND:
            return self._send({**issue.letter, "audience": audience}, f"feed-{feed.id}-{issue.period}")
        return self._keep(issue.id, {"title": feed.title, "letter": issue.letter, "audience": audience})

    def _note(self, feed_id: str, issue: Issue) -> None:
        """Note what was made. If that fails, this is tried again as a whole, and makes the same once more."""
        for _ in range(ATTEMPTS):
            feed = self._store.get(feed_id)
            if feed is None or self._store.made(feed.naming(issue), issue):
                return
        raise RuntimeError(f"feed {feed_id} was changed {ATTEMPTS} times at the same moment")

    def _put_back(self, feed_id: str, issue: Issue, problem: Problem) -> None:
        feed = self._store.get(feed_id)
        if feed is None:
            return
        items = [item for item in feed.items if item.key not in set(issue.keys)]
        # Asked with the validators, the server would say that nothing is new.
        again = replace(feed, items=items, etag="", modified="", problem=problem, version=feed.version + 1)
        self._store.drop(again, issue)


def letter_of(wish: Wish, reading: Reading, entries: Sequence[Entry]) -> dict[str, Any]:
    """The letter that some entries make with a feed's template."""
    shown = sorted(entries, key=lambda entry: entry.date, reverse=True)[:IN_AN_ISSUE]
    values = {
        "title": reading.title or wish.url,
        "url": reading.link or wish.url,
        "summary": ", ".join(entry.title for entry in shown)[:200],
        "items": [_values(entry) for entry in shown],
    }
    return {"template": wish.template, "values": values, "defaults": LACKING}


def _values(entry: Entry) -> dict[str, str]:
    """An entry as the starter template `digest` has its items; `text` is Markdown."""
    values = {"title": entry.title, "url": entry.url, "text": _MARKS.sub(r"\\\1", entry.text), "date": entry.date[:10]}
    return {**values, **({"image_url": entry.image_url, "image_alt": ""} if entry.image_url else {})}


def period_of(scheduled: object, now: datetime) -> str:
    """What a start is told of its moment; where a schedule told none, the minute."""
    return scheduled if isinstance(scheduled, str) and scheduled[:1].isdigit() else f"{now:%Y-%m-%dT%H:%M}"
