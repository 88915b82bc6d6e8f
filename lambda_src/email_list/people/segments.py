"""Segments: filters that are saved under a name, and how many active people a filter chooses."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from email_list import fields
from email_list.clock import Clock, iso, utc_now
from email_list.errors import InvalidError, NotFoundError
from email_list.people.filters import Filter, FindReached, Test
from email_list.people.subscribers import Subscriber

FindFilter = Callable[[str], Filter]
"""The filter of the segment with this id. NotFoundError if there is none."""

SAMPLE = 3
"""People shown as examples beside a count."""

MAX_ID = 40


@dataclass(frozen=True)
class Segment:
    """A saved filter. Moments are ISO 8601 in UTC; ids sort by the moment of creation."""

    id: str
    name: str
    filter: Filter
    created_at: str
    updated_at: str

    def to_json(self) -> dict[str, Any]:
        """The public shape; sent back to `PUT`, it is the same segment."""
        return {
            "id": self.id,
            "name": self.name,
            "filter": self.filter.tree,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


@dataclass(frozen=True)
class SegmentPage:
    """Part of a listing, in the order of creation; `cursor` continues it, None at the end."""

    segments: Sequence[Segment]
    cursor: str | None


class SegmentStore(Protocol):
    """Where segments are kept (`email_list.aws.segment_table`, or a fake in tests)."""

    def get(self, segment_id: str) -> Segment | None: ...

    def create(self, segment: Segment) -> None: ...

    def replace(self, segment: Segment) -> bool:
        """Store a segment, replacing the one with its id; False if that is gone."""
        ...

    def delete(self, segment_id: str) -> bool:
        """Remove a segment; returns whether it existed."""
        ...

    def page(self, limit: int, cursor: str | None) -> SegmentPage: ...


class Segments:
    """What administrators do with segments. NotFoundError wherever there is none with an id."""

    def __init__(self, store: SegmentStore, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    def create(self, asked: Mapping[str, Any]) -> Segment:
        """Save a filter under a name."""
        now = self._clock()
        segment = Segment(_new_id(now), _name(asked), Filter.read(asked.get("filter")), iso(now), iso(now))
        self._store.create(segment)
        return segment

    def get(self, segment_id: str) -> Segment:
        segment = self._store.get(segment_id) if 0 < len(segment_id) <= MAX_ID else None
        if segment is None:
            raise _missing()
        return segment

    def filter(self, segment_id: str) -> Filter:
        """The filter of a segment: a `FindFilter`."""
        return self.get(segment_id).filter

    def replace(self, segment_id: str, asked: Mapping[str, Any]) -> Segment:
        """Give a segment another name and filter. Existing campaigns keep the filter they were created with."""
        segment = self.get(segment_id)
        changed = replace(
            segment, name=_name(asked), filter=Filter.read(asked.get("filter")), updated_at=iso(self._clock())
        )
        if not self._store.replace(changed):
            raise _missing()
        return changed

    def delete(self, segment_id: str) -> None:
        """Remove a segment. Existing campaigns keep its filter."""
        self.get(segment_id)
        self._store.delete(segment_id)

    def page(self, limit: int, cursor: str | None) -> SegmentPage:
        """One page of the segments, the oldest first."""
        return self._store.page(limit, cursor)


@dataclass(frozen=True)
class Found:
    """How many active people a test holds for, and some of them; a minimum if not `exact`, because there was no time to
    look at everybody."""

    count: int
    exact: bool
    sample: Sequence[Subscriber] = ()

    def to_json(self) -> dict[str, Any]:
        return {"count": self.count, "exact": self.exact, "sample": [person.to_json() for person in self.sample]}


class People(Protocol):
    """The walk through the active subscribers (`email_list.aws.subscriber_walk`, or a fake in tests)."""

    def count(self, test: Test, reads: frozenset[str], has_time: Callable[[], bool]) -> Found:
        """The active people a test holds for, which reads these attributes of them."""
        ...


def count(
    asked: Mapping[str, Any],
    find_filter: FindFilter,
    people: People,
    find: FindReached,
    has_time: Callable[[], bool],
    now: datetime,
) -> Found:
    """How many active people a request's `filter` chooses, or that of its `segment`."""
    chosen = chosen_filter(asked, find_filter)
    if chosen is None:
        raise InvalidError("Name a filter, or a segment.", details={"field": "filter"})
    return people.count(chosen.test(now, find), chosen.reads, has_time)


def chosen_filter(asked: Mapping[str, Any], find_filter: FindFilter) -> Filter | None:
    """The filter that a request contains, or that of the segment it names. InvalidError if it has both."""
    segment, tree = id_field(asked.get("segment"), "segment"), asked.get("filter")
    if segment and tree is not None:
        raise InvalidError("Name a filter or a segment, not both.", details={"field": "segment"})
    if segment:
        return find_filter(segment)
    return Filter.read(tree) if tree is not None else None


def id_field(value: object, field: str) -> str:
    """The id of a segment that a request names; empty if it names none."""
    return fields.single_line(value, field, MAX_ID)


def _name(asked: Mapping[str, Any]) -> str:
    return fields.single_line(asked.get("name"), "name", fields.MAX_NAME, required=True)


def _new_id(moment: datetime) -> str:
    return f"{int(moment.timestamp() * 1000):012x}{secrets.token_hex(4)}"


def _missing() -> NotFoundError:
    return NotFoundError("There is no segment with this id.")
