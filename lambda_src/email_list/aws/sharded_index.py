"""An index that keeps each value in several partitions (`email_list.aws.shards`), read as if they were one.

The order is that of the sort key, and among equals that of the shards. So the name and sort key of one item say how far
a reader has come in all shards, and reading on after it meets every later item once.
"""

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, Key

from contract import STATUS_INDEX
from email_list.aws.dynamodb import Item, Items, pages
from email_list.aws.shards import STATUS_SHARD, partition, shard_of

_PARALLEL_CALLS = 8


@dataclass(frozen=True)
class Place:
    """A place in the order: that of one item, which need not exist any more."""

    sort: str
    name: str


@dataclass(frozen=True)
class ShardedIndex:
    """An index by the attributes `partition` (made by `partition`) and `sort` of a table with the key `name`; `beside`
    is what else the key of every item has."""

    items: Items
    index: str
    partition: str
    sort: str
    name: str
    beside: Mapping[str, str] = field(default_factory=dict)

    def count(self, value: str, shards: int) -> int:
        """How many items have the value; costs what reading them would."""
        wheres = [Key(self.partition).eq(partition(value, shard)) for shard in range(shards)]
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            return sum(threads.map(self._count, wheres))

    def _count(self, where: ConditionBase) -> int:
        request = {**self.items.request(where, index=self.index), "Select": "COUNT"}
        return sum(answer["Count"] for answer in pages(self.items.client.query, request))


@dataclass(frozen=True)
class Reading:
    """How to read: from a place on or from the beginning, forwards to the sort key `until` or `backwards` to the first
    item, `at_once` items of each shard at a time, and of each item the `attributes` named."""

    at_once: int
    attributes: Sequence[str]
    after: Place | None = None
    until: str | None = None
    backwards: bool = False


class Reader:
    """The items with one value, in their order."""

    def __init__(self, index: ShardedIndex, value: str, shards: int, how: Reading) -> None:
        self._index = index
        self._how = how
        begun = [_begin(index, value, shards, shard, how) for shard in range(shards)]
        self._streams = [stream for stream in begun if stream]

    @property
    def more(self) -> bool:
        """Whether anything may follow."""
        return any(stream.ahead or not stream.at_end for stream in self._streams)

    def page(self) -> list[Item]:
        """The next items: those that no item still unread can precede. Empty only at the end."""
        while self.more:
            self._read_on()
            if found := self._certain():
                return found
        return []

    def _read_on(self) -> None:
        waiting = [stream for stream in self._streams if not stream.ahead and not stream.at_end]
        if len(waiting) < 2:
            for stream in waiting:
                self._read(stream)
            return
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            list(threads.map(self._read, waiting))

    def _read(self, stream: "_Stream") -> None:
        how = self._how
        found, stream.after = self._index.items.page(
            stream.where,
            index=self._index.index,
            attributes=how.attributes,
            backwards=how.backwards,
            limit=how.at_once,
            after=stream.after,
        )
        stream.ahead.extend(((item[self._index.sort], stream.shard), item) for item in found)
        stream.at_end = stream.after is None

    def _certain(self) -> list[Item]:
        """What has been read ahead, as far as the shard that was read least far."""
        unfinished = [stream for stream in self._streams if not stream.at_end]
        if any(not stream.ahead for stream in unfinished):
            return []
        ends = [stream.ahead[-1][0] for stream in unfinished]
        end = (max if self._how.backwards else min)(ends) if ends else None
        taken = [list(stream.take(end, self._how.backwards)) for stream in self._streams]
        return [item for _, item in heapq.merge(*taken, key=lambda read: read[0], reverse=self._how.backwards)]


_Read = tuple[tuple[str, int], Item]
"""An item with its place in the order: sort key and shard."""


class _Stream:
    """One shard: what has been read ahead of it, and where it continues."""

    def __init__(self, shard: int, where: ConditionBase, after: Any) -> None:
        self.shard = shard
        self.where = where
        self.after = after
        self.ahead: deque[_Read] = deque()
        self.at_end = False

    def take(self, end: tuple[str, int] | None, backwards: bool) -> list[_Read]:
        taken = []
        while self.ahead and (end is None or (self.ahead[0][0] >= end if backwards else self.ahead[0][0] <= end)):
            taken.append(self.ahead.popleft())
        return taken


def _begin(index: ShardedIndex, value: str, shards: int, shard: int, how: Reading) -> _Stream | None:
    """One shard from a place on; None if nothing in it can follow."""
    where: ConditionBase = Key(index.partition).eq(partition(value, shard))
    sort, after, until = Key(index.sort), how.after, how.until
    if after is None:
        return _Stream(shard, where & sort.lte(until) if until else where, None)
    of_place = shard_of(after.name, shards)
    # Of items with the same sort key, those in shards on one side of the place's own are over and the others are to
    # come.
    inclusive = shard <= of_place if how.backwards else shard >= of_place
    if how.backwards:
        where &= sort.lte(after.sort) if inclusive else sort.lt(after.sort)
    else:
        first = after.sort if inclusive else after.sort + "\0"
        if until is not None and first > until:
            return None
        where &= sort.between(first, until) if until else sort.gte(first)
    key = {index.partition: partition(value, shard), index.sort: after.sort, index.name: after.name, **index.beside}
    return _Stream(shard, where, key if shard == of_place else None)


def by_status(items: Items) -> ShardedIndex:
    """The index of the subscribers table by status, in the order in which people joined."""
    return ShardedIndex(items, STATUS_INDEX, STATUS_SHARD, "subscribed_date", "email")
