"""Feeds whose new entries are emailed: which, how often, to whom; and the issues that are made of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

from email_list import fields
from email_list.errors import InvalidError
from email_list.feeds.entries import MAX_ADDRESS, Entry, Reading
from email_list.feeds.problem import Problem
from email_list.people.segments import id_field

MAX_ITEMS = 300
"""Entries of a feed that are remembered: more than the 200 that are read at once."""

MAX_ADDRESS_BYTES = 300
"""Of an entry's address that is remembered, so that all entries fit into a row of 400 KB."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST_DAY = 28
"""A day of the month that every month has."""

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-/]{0,60}")


class Mode(StrEnum):
    """What becomes of new entries: a draft that waits for an editor, or a campaign that is sent."""

    DRAFT = "draft"
    SEND = "send"


class Every(StrEnum):
    """How often a feed is looked at."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Status(StrEnum):
    """Whether a feed is looked at."""

    ACTIVE = "active"
    PAUSED = "paused"


class State(StrEnum):
    """What became of an entry: it was there before the feed was added, or in an issue."""

    SEEN = "seen"
    TAKEN = "taken"


@dataclass(frozen=True)
class Cadence:
    """When a feed is looked at: `at` a time of day of a time zone, `on` a weekday or a day of the month."""

    every: Every
    at: str
    time_zone: str
    on: str | int | None = None

    @classmethod
    def read(cls, value: object, zone: str) -> "Cadence":
        """The cadence in a request; `zone` is the list's time zone. InvalidError names the field that is wrong."""
        given = value if isinstance(value, Mapping) else None
        if given is None or given.keys() - {"every", "at", "time_zone", "on"}:
            example = '{"every": "week", "on": "monday", "at": "09:00", "time_zone": "Europe/Berlin"}'
            raise _wrong("cadence", f"cadence must be an object such as {example}.")
        every, at, on = given.get("every"), given.get("at"), given.get("on")
        if every not in list(Every):
            raise _wrong("cadence.every", "every must be day, week or month.")
        if not isinstance(at, str) or not _CLOCK.fullmatch(at):
            raise _wrong("cadence.at", "at must be a time of day such as 09:00.")
        zone = given.get("time_zone") or zone
        if not isinstance(zone, str) or not _ZONE.fullmatch(zone):
            raise _wrong("cadence.time_zone", "time_zone must be a name such as Europe/Berlin.")
        return cls(Every(every), at, zone, _on(Every(every), on))

    @property
    def expression(self) -> str:
        """The same for EventBridge Scheduler (user guide, "Cron-based schedules")."""
        hour, minute = map(int, self.at.split(":"))
        month_day = str(self.on) if self.every is Every.MONTH else "*"
        weekday = "?"
        if self.every is Every.WEEK:
            month_day, weekday = "?", str(self.on)[:3].upper()
        return f"cron({minute} {hour} {month_day} * {weekday} *)"


def _on(every: Every, on: object) -> str | int | None:
    match every:
        case Every.WEEK if on not in WEEKDAYS:
            raise _wrong("cadence.on", f"on must be one of {', '.join(WEEKDAYS)}.")
        case Every.MONTH if not isinstance(on, int) or isinstance(on, bool) or not 1 <= on <= LAST_DAY:
            raise _wrong("cadence.on", f"on must be a day of the month from 1 to {LAST_DAY}.")
        case Every.DAY if on is not None:
            raise _wrong("cadence.on", "Every day needs no day: leave on out.")
    return on if isinstance(on, str | int) else None


@dataclass(frozen=True)
class Item:
    """An entry that is known of: `issue` is the id of the campaign or draft it is in."""

    key: str
    title: str
    url: str
    state: State
    issue: str = ""


@dataclass(frozen=True)
class Wish:
    """What an administrator says of a feed."""

    url: str
    cadence: Cadence
    template: str
    segment: str
    mode: Mode

    @classmethod
    def read(cls, asked: Mapping[str, Any], zone: str) -> "Wish":
        """The feed in a request. InvalidError names the field that is wrong."""
        mode = asked.get("mode", Mode.DRAFT)
        if mode not in list(Mode):
            raise _wrong("mode", "mode must be draft or send.")
        return cls(
            url=_url(asked.get("url")),
            cadence=Cadence.read(asked.get("cadence"), zone),
            template=fields.single_line(asked.get("template") or "digest", "template", 60),
            segment=id_field(asked.get("segment"), "segment"),
            mode=Mode(mode),
        )


@dataclass(frozen=True)
class Feed:
    """A feed, and what is known of it. `version` counts its changes; `problem` says why the latest look failed."""

    id: str
    wish: Wish
    created_at: str
    updated_at: str
    status: Status = Status.ACTIVE
    title: str = ""
    link: str = ""
    etag: str = ""
    modified: str = ""
    looked_at: str | None = None
    problem: Problem | None = None
    items: Sequence[Item] = field(default_factory=tuple)
    version: int = 1

    def new(self, reading: Reading) -> list[Entry]:
        """The entries that are not known yet, however those that are were edited."""
        known = {item.key for item in self.items}
        return [entry for entry in reading.entries if entry.key not in known]

    def knowing(self, entries: Sequence[Entry], state: State, issue: str = "") -> "Feed":
        """The feed once these entries are known."""
        fresh = [Item(entry.key, entry.title[:100], _short(entry.url), state, issue) for entry in entries]
        return replace(self, items=(*fresh, *self.items)[:MAX_ITEMS])

    def naming(self, issue: "Issue") -> "Feed":
        """The feed once an issue is made: its entries name what was made."""
        items = [replace(item, issue=issue.made) if item.issue == issue.id else item for item in self.items]
        return replace(self, items=items, version=self.version + 1)

    def to_json(self) -> dict[str, Any]:
        """The API's shape; what `PUT` takes is in it as `PUT` takes it."""
        wish = self.wish
        return {
            "id": self.id,
            "url": wish.url,
            "cadence": {name: value for name, value in asdict(wish.cadence).items() if value is not None},
            "template": wish.template,
            "segment": wish.segment or None,
            "mode": wish.mode.value,
            "status": self.status.value,
            "title": self.title,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "looked_at": self.looked_at,
            "problem": self.problem.to_json() if self.problem else None,
        }

    def items_to_json(self) -> list[dict[str, Any]]:
        """What became of each entry, newest first."""
        return [
            {"title": item.title, "url": item.url, "state": item.state.value, "issue": item.issue or None}
            for item in self.items
        ]


@dataclass(frozen=True)
class Issue:
    """What is made of new entries in one period. `letter` is a letter's source, `id` the id of the draft; `made` is the
    id of the campaign or draft, empty until it is there."""

    period: str
    id: str
    letter: Mapping[str, Any]
    keys: Sequence[str]
    made: str = ""


class FeedStore(Protocol):
    """Where feeds are kept (`email_list.aws.feed_table`, or a fake in tests)."""

    def get(self, feed_id: str) -> Feed | None: ...

    def put(self, feed: Feed) -> bool:
        """Store a new feed, or one that was changed since version - 1; False if another change was faster."""
        ...

    def delete(self, feed_id: str) -> None: ...

    def all(self) -> Sequence[Feed]: ...

    def issue(self, feed_id: str, period: str) -> Issue | None: ...

    def begin(self, feed: Feed, issue: Issue) -> bool:
        """Store an issue with the feed that knows its entries, both or none; False if another was faster."""
        ...

    def made(self, feed: Feed, issue: Issue) -> bool:
        """Note what has been made of an issue, with the feed whose entries name it; False if another change of the feed
        was faster."""
        ...

    def drop(self, feed: Feed, issue: Issue) -> None:
        """Forget an issue of which nothing can be made, with the feed that no longer knows its entries."""
        ...


def _short(address: str) -> str:
    return address if len(address.encode()) <= MAX_ADDRESS_BYTES else ""


def _url(value: object) -> str:
    url = fields.single_line(value, "url", MAX_ADDRESS, required=True)
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.username or parts.password:
        raise _wrong("url", "url must be the address of a feed, beginning with https://, without a password.")
    return url


def _wrong(field_: str, message: str) -> InvalidError:
    return InvalidError(message, details={"field": field_})
