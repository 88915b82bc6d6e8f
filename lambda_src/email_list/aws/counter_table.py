"""Counters in DynamoDB, in the records table.

| `pk` | `sk` | item |
|---|---|---|
| `GROWTH`, `GONE` | `2026-11-24#joined#form` | facts of a day (`email_list.figures.growth`): `amount` |
| `TOTALS` | a status | people who have it: `amount` |
| `TOPICS` | a topic | active people who have chosen it: `amount` |
| `SOURCES` | `-` | the sources that are told apart among those of people who joined: `names` |
| `COUNTED#<change>` | `-` | a mark: this change is counted; kept for longer than the stream keeps changes |
| `RECOUNT` | `RUN` | the recount under way, until when it may take, and whether the counting stands still |
| `NOTES#<run>#<shard>` | order and change | a change that was counted during a recount |

Changes are counted in transactions that hold their marks and the sum of their differences, so that a change which
comes again, alone or among others, is refused by its mark. A change alone costs two write units for each of its mark,
its two to four counters and the look at the recount; among a hundred it costs little more than the mark's two.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from email_list.aws.dynamodb import (
    ABSENT,
    CONDITION_FAILED,
    MAX_TRANSACTION,
    PASSING,
    Check,
    Items,
    Put,
    Update,
    record_key,
)
from email_list.aws.shards import ACTIVE, partition, shard_of
from email_list.clock import Clock, utc_now
from email_list.figures.counting import Change
from email_list.figures.growth import CounterName
from email_list.people.sources import OTHER, OWN

MARKS_KEPT = timedelta(days=3)
"""The stream keeps changes for 24 hours (DynamoDB developer guide)."""

MAX_ATTEMPTS = 10

MAX_SOURCES = 50
"""Sources that are told apart, besides the product's own: forms may bring any number of them."""

RUN = record_key("RECOUNT", "RUN")
_SOURCES = record_key("SOURCES", "-")


class CountingStoppedError(Exception):
    """A recount is about to set the counters; the changes must come again in some seconds."""


@dataclass(frozen=True)
class Run:
    """The recount that counting must take into account: none, or one that wants records, or one that wants a stop."""

    id: str = ""
    stopped: bool = False


class CounterTable:
    """`counting.Counters` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._items = Items(table, clock)
        self._sources: set[str] = set()

    # Counting

    def source(self, name: str) -> str:
        """What a source is counted as: itself, if it is among the first that people came from, else `other`.

        The set only grows until it is full, so that the answer never changes.
        """
        if name in OWN or name in self._sources:
            return name
        if len(self._sources) < MAX_SOURCES:
            room = Attr("names").not_exists() | Attr("names").size().lt(MAX_SOURCES) | Attr("names").contains(name)
            item = self._items.update(Update(_SOURCES, add={"names": {name}}, when=room)) or self._items.get(_SOURCES)
            self._sources = set(item["names"]) if item else set()
        return name if name in self._sources else OTHER

    def count(self, changes: Sequence[Change]) -> Counter[CounterName]:
        """Count the changes that are not counted yet; returns how the counters have changed.

        An error means that some may be counted and others not: all may simply come again.
        """
        waiting = list({change.id: change for change in changes if change.difference}.values())
        total: Counter[CounterName] = Counter()
        attempts = 0
        while waiting:
            run = self._run()
            if run.stopped:
                raise CountingStoppedError
            chunk = _as_many_as_fit(waiting, notes=bool(run.id))
            refused = self._write(chunk, run)
            if refused is None:
                waiting = waiting[len(chunk) :]
                total += _sum(chunk)
                attempts = 0
                continue
            waiting = [change for change in waiting if change.id not in refused]
            attempts += 1
            if attempts == MAX_ATTEMPTS:
                raise RuntimeError(f"{len(waiting)} changes could not be counted in {attempts} attempts")
        return total

    def _write(self, chunk: Sequence[Change], run: Run) -> set[str] | None:
        """Count a chunk in one transaction. None when it is done; otherwise the ids of changes that were counted
        before, perhaps none, if it is to be tried again."""
        marks = [self._mark(change) for change in chunk]
        notes = [self._note(change, run.id) for change in chunk] if run.id else []
        sums = [
            Update(record_key(book, name), add={"amount": amount})
            for (book, name), amount in sorted(_sum(chunk).items())
            if amount
        ]
        reasons = self._items.transact([*marks, Check(RUN, self.unchanged(run)), *notes, *sums])
        if not reasons:
            return None
        if not PASSING.isdisjoint(reasons):
            time.sleep(random.uniform(0.01, 0.2))  # noqa: S311
        return {change.id for change, reason in zip(chunk, reasons, strict=False) if reason == CONDITION_FAILED}

    def _mark(self, change: Change) -> Put:
        return Put({**record_key(f"COUNTED#{change.id}", "-"), "expires_at": self._items.expiry(MARKS_KEPT)}, ABSENT)

    def _note(self, change: Change, run: str) -> Put:
        note = {
            **record_key(notes_key(run, shard_of(change.person, ACTIVE)), f"{change.order:040d}#{change.id}"),
            "person": change.person,
            "counters": [list(name) for name in change.after.counters],
            "expires_at": self._items.expiry(MARKS_KEPT),
        }
        return Put(note)

    # Reading

    def read(self, book: str, first: str = "", last: str = "\uffff") -> dict[str, int]:
        """Counters by the second part of their name, from `first` to what begins with `last`."""
        where = Key("pk").eq(book)
        if first:
            where &= Key("sk").between(first, f"{last}\uffff")
        return {item["sk"]: int(item["amount"]) for item in self._items.query(where) if item["amount"]}

    # Inside

    def _run(self) -> Run:
        item = self._items.get(RUN)
        if item is None or item["until"] <= self._items.expiry():
            return Run()
        return Run(item["run"], item["stopped"])

    def unchanged(self, run: Run) -> ConditionBase:
        """No recount was opened, stopped the counting, or ended since `run` was read."""
        if run.id:
            return Attr("run").eq(run.id) & Attr("stopped").eq(run.stopped)
        return ABSENT | Attr("until").lte(self._items.expiry())


def notes_key(run: str, shard: int) -> str:
    return partition(f"NOTES#{run}", shard)


def _sum(changes: Sequence[Change]) -> Counter[CounterName]:
    total: Counter[CounterName] = Counter()
    for change in changes:
        total.update(change.difference)
    return total


def _as_many_as_fit(changes: Sequence[Change], notes: bool) -> list[Change]:
    """The first changes that fit into one transaction: for each a mark and perhaps a record, their counters, one
    check."""
    chunk: list[Change] = []
    counters: set[CounterName] = set()
    for change in changes:
        counters |= change.difference.keys()
        if (len(chunk) + 1) * (2 if notes else 1) + len(counters) + 1 > MAX_TRANSACTION:
            break
        chunk.append(change)
    return chunk
