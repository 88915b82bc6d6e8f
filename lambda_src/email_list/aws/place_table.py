"""Places in DynamoDB, in a table of their own: `email` is the partition key, so that everything about a person is found
at once, `sequence` the sort key.

| `email` | `sequence` | item |
|---|---|---|
| an address | a sequence's id | the place of this person in it |
| `counters#<sequence>` | `0` ... | how many are inside at each step, and so on, spread among writers |

The index `by_due` has the places of each sequence and group in the order of `at`, spread over several partitions. A
step costs a person some eight write units: two for the transaction that plans it, two for the one that moves on, two in
the index, and their share of the batch.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from contract import DUE_INDEX
from email_list import cursors
from email_list.aws.dynamodb import CONDITION_FAILED, Delete, Item, Items, Put, Update
from email_list.aws.sharded_index import Place as Position
from email_list.aws.sharded_index import Reader, Reading, ShardedIndex
from email_list.aws.shards import partition, shard_of
from email_list.sequences.places import Change, Group, Place, PlacePage, Sent, difference

if TYPE_CHECKING:
    from email_list.aws.campaign_table import CampaignTable

SHARDS = 8
"""Of the places of one sequence and group: enough for 4,000 people a second who go on to their next step."""

COUNTERS = 8
AT_ONCE = 90
"""Places in one transaction; with the counters there are fewer than a hundred writes."""

READ_AT_ONCE = 64
"""Places of each shard that are read ahead."""

MAX_ATTEMPTS = 10


class PlaceTable:
    """The `PlaceStore` of production. `table` is the boto3 table of places; `ledger` has the plan rows of batches, for
    those who plan."""

    def __init__(self, table: Any, ledger: "CampaignTable | None" = None) -> None:
        self._items = Items(table)
        self._ledger = ledger

    # Changing

    def enter(self, places: Sequence[Place]) -> None:
        """Make places, except for people who have one in the sequence already; count those made."""
        for start in range(0, len(places), AT_ONCE):
            self._write([(None, place) for place in places[start : start + AT_ONCE]])

    def move(self, changes: Sequence[Change]) -> None:
        """Change places, except those that have changed meanwhile, and count the differences."""
        for start in range(0, len(changes), AT_ONCE):
            self._write(list(changes[start : start + AT_ONCE]))

    def plan(self, edition: str, changes: Sequence[Change]) -> Sequence[Place]:
        """Put places that have not changed since into their batch of an edition, with its plan row, in one
        transaction; returns those that are in it."""
        return self._write(list(changes), edition)

    def _write(self, changes: Sequence[tuple[Place | None, Place]], edition: str = "") -> Sequence[Place]:
        """Write the changes of one sequence that still apply, in one transaction; returns the places afterwards."""
        left = list(changes)
        for attempt in range(MAX_ATTEMPTS):
            if not left:
                return []
            puts = [_put(before, after) for before, after in left]
            reasons = self._items.transact([*puts, *_count(left)], self._plan_row(left, edition))
            if not reasons:
                return [replace(after, revision=after.revision + 1) for _, after in left]
            refused = [reason == CONDITION_FAILED for reason in reasons]
            if edition and refused[-1]:
                return []
            left = [change for change, is_refused in zip(left, refused, strict=False) if not is_refused]
            if not any(refused):
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
        raise RuntimeError(f"{MAX_ATTEMPTS} attempts to change places collided with others")

    def _plan_row(self, changes: Sequence[tuple[Place | None, Place]], edition: str) -> list[tuple[Items, Put]]:
        if not edition:
            return []
        assert self._ledger is not None
        places = [after for _, after in changes]
        return [self._ledger.plan_batch(edition, places[0].batch, [place.email for place in places])]

    def remove(self, place: Place) -> None:
        """Remove a place."""
        self._items.delete(_key(place))

    def clear(self, sequence: str, has_time: Callable[[], bool]) -> bool:
        """Remove all places of a sequence and its counters; False if there was no time for all of them."""
        for group in Group:
            while emails := next(self._pages(sequence, group), None):
                if not has_time():
                    return False
                for start in range(0, len(emails), AT_ONCE):
                    keys = [{"email": email, "sequence": sequence} for email in emails[start : start + AT_ONCE]]
                    self._items.transact([Delete(key) for key in keys])
        for part in range(COUNTERS):
            self._items.delete(_counter_key(sequence, part))
        return True

    # Reading

    def of(self, email: str) -> Sequence[Place]:
        """All places of one person."""
        return [_place(item) for item in self._items.query(Key("email").eq(email))]

    def get(self, sequence: str, emails: Iterable[str]) -> Mapping[str, Place]:
        """The places of these people in a sequence, read consistently."""
        keys = [{"email": email, "sequence": sequence} for email in dict.fromkeys(emails)]
        return {item["email"]: _place(item) for item in self._items.get_many(keys)}

    def due(self, sequence: str, until: str) -> Iterator[Sequence[str]]:
        """Page by page, the addresses of people inside whose step is due by then, the longest waiting first."""
        return self._pages(sequence, Group.INSIDE, until)

    def page(self, sequence: str, group: Group, limit: int, cursor: str | None) -> PlacePage:
        """People of one group, in the order of `at`."""
        after = Position(*cursors.decode(cursor, parts=2)) if cursor else None
        reader = self._reader(sequence, group, Reading(limit + 1, _IN_INDEX, after))
        found: list[Item] = []
        while len(found) <= limit and (page := reader.page()):
            found += page
        shown = found[:limit]
        places = self.get(sequence, (item["email"] for item in shown))
        more = cursors.encode([shown[-1]["at"], shown[-1]["email"]]) if len(found) > limit else None
        return PlacePage([places[item["email"]] for item in shown if item["email"] in places], more)

    def counters(self, sequence: str) -> Mapping[str, int]:
        sums: Counter[str] = Counter()
        for item in self._items.get_many(_counter_key(sequence, part) for part in range(COUNTERS)):
            sums.update({name: int(value) for name, value in item.items() if name not in ("email", "sequence")})
        return sums

    def _pages(self, sequence: str, group: Group, until: str | None = None) -> Iterator[Sequence[str]]:
        reader = self._reader(sequence, group, Reading(READ_AT_ONCE, _IN_INDEX, until=until))
        while page := reader.page():
            yield [item["email"] for item in page]

    def _reader(self, sequence: str, group: Group, how: Reading) -> Reader:
        beside = {"sequence": sequence}
        index = ShardedIndex(self._items, DUE_INDEX, "place_shard", "at", "email", beside)
        return Reader(index, _value(sequence, group), SHARDS, how)


_IN_INDEX = ("email", "at")


def _put(before: Place | None, after: Place) -> Put:
    unchanged = Attr("email").not_exists() if before is None else Attr("revision").eq(before.revision)
    return Put(_item(replace(after, revision=after.revision + 1)), unchanged)


def _count(changes: Iterable[tuple[Place | None, Place]]) -> list[Update]:
    total: Counter[str] = Counter()
    sequence = ""
    for before, after in changes:
        total.update(difference(before, after))
        sequence = after.sequence
    changed = {name: amount for name, amount in total.items() if amount}
    return [Update(_counter_key(sequence, random.randrange(COUNTERS)), add=changed)] if changed else []  # noqa: S311


def _value(sequence: str, group: Group) -> str:
    return f"{sequence}#{group.value}"


def _key(place: Place) -> dict[str, str]:
    return {"email": place.email, "sequence": place.sequence}


def _counter_key(sequence: str, part: int) -> dict[str, str]:
    return {"email": f"counters#{sequence}", "sequence": str(part)}


def _item(place: Place) -> Item:
    item = {
        **_key(place),
        "place_shard": partition(_value(place.sequence, place.group), shard_of(place.email, SHARDS)),
        "version": place.version,
        "step": place.step,
        "line": place.line,
        "at": place.at,
        "entered_at": place.entered_at,
        "group": place.group.value,
        "reason": place.reason,
        "batch": place.batch,
        "sent": [[sent.edition, sent.batch, sent.at] for sent in place.sent],
        "revision": place.revision,
    }
    return {name: value for name, value in item.items() if value not in ("", [])}


def _place(item: Mapping[str, Any]) -> Place:
    return Place(
        email=item["email"],
        sequence=item["sequence"],
        version=int(item["version"]),
        step=int(item["step"]),
        line=item["line"],
        at=item["at"],
        entered_at=item["entered_at"],
        group=Group(item["group"]),
        reason=item.get("reason", ""),
        batch=int(item["batch"]),
        sent=tuple(Sent(edition, int(batch), at) for edition, batch, at in item.get("sent", ())),
        revision=int(item["revision"]),
    )
