"""Feedback on campaigns in DynamoDB, in the records table.

| `pk` | `sk` | item |
|---|---|---|
| `CAMPAIGN#<id>#<shard>` | `FEEDBACK#0000001` | the feedback row of a batch: marks, opens, clicks, reasons |
| `CAMPAIGN#<id>#<shard>` | `RESULTS#0` ... | the sums of all rows, spread among writers; `writes` of each |
| `CAMPAIGN#<id>` | `WATCH` | the sums up to which the campaign was judged (`email_list.campaigns.watching`) |

A row of 50 recipients has some hundred bytes. A transaction costs two write units for each row in it and two for the
sums, however many events it notes.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from contract import LEDGER_PARTITIONS
from email_list.aws.campaign_table import ledger_key, number
from email_list.aws.dynamodb import ABSENT, Check, Item, Items, Put, Update, record_key
from email_list.aws.shards import of_ledger
from email_list.campaigns.feedback import READ, Change, Mark, Results, Row, changes
from email_list.campaigns.ledger import LEDGER_KEPT
from email_list.campaigns.watching import Seen
from email_list.clock import Clock, utc_now
from email_list.errors import ConflictError

PARTS = 4
MAX_RECOUNTS = 5


class FeedbackTable:
    """`feedback.FeedbackStore` and `watching.WatchStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._items = Items(table, clock)

    def rows(self, campaign_id: str, numbers: Collection[int]) -> dict[int, Row]:
        """The rows of these batches, read consistently; an empty one if nothing has come back yet."""
        keys = [ledger_key(campaign_id, "FEEDBACK", wanted) for wanted in numbers]
        return {wanted: Row() for wanted in numbers} | {number(item): _row(item) for item in self._items.get_many(keys)}

    def rows_between(self, campaign_id: str, first: int, last: int) -> dict[int, Row]:
        """The rows of the batches with these numbers, as far as anything has come back."""
        keys = [ledger_key(campaign_id, "FEEDBACK", number) for number in range(first, last + 1)]
        return {number(item): _row(item) for item in self._items.get_many(keys)}

    def save(self, campaign_id: str, changed: Sequence[Change]) -> bool:
        """Replace rows that still have the revision they were read with, and add the differences to the sums."""
        writes: list[Put | Update] = []
        difference: Counter[str] = Counter()
        for batch, before, after in changed:
            difference.update(changes(before, after))
            row = {
                **ledger_key(campaign_id, "FEEDBACK", batch),
                **_row_item(after, before.revision + 1),
                "expires_at": self._items.expiry(LEDGER_KEPT),
            }
            writes.append(Put(row, Attr("revision").eq(before.revision) if before.revision else ABSENT))
        if difference:
            part = random.randrange(PARTS)  # noqa: S311
            writes.append(Update(_sums_key(campaign_id, part), add={**difference, "writes": 1}))
        return not self._items.transact(writes)

    def sums(self, campaign_id: str) -> Counter[str]:
        """The sums of what all rows of a campaign add to them (`Row.counts`)."""
        return _sums(self._parts(campaign_id))

    def results(self, campaign_id: str) -> Results:
        return Results.of([self.sums(campaign_id)])

    def recount(self, campaign_id: str) -> dict[str, tuple[int, int]]:
        """Compare the sums with the rows, and correct those that differ: what each was, and what it is.

        Feedback may arrive meanwhile; ConflictError if there is so much that the campaign keeps changing. Call it only
        while all rows are kept (`LEDGER_KEPT`).
        """
        for _ in range(MAX_RECOUNTS):
            parts, right = self._parts(campaign_id), Counter[str]()
            for shard in range(LEDGER_PARTITIONS):
                rows = Key("pk").eq(of_ledger(campaign_id, shard)) & Key("sk").begins_with("FEEDBACK#")
                for item in self._items.query(rows):
                    right.update(_row(item).counts())
            counted = _sums(parts)
            wrong = sorted(name for name in {*counted, *right} if counted[name] != right[name])
            difference = {name: right[name] - counted[name] for name in wrong}
            if not wrong or self._correct(campaign_id, parts, difference):
                return {name: (counted[name], right[name]) for name in wrong}
        raise ConflictError("Too much feedback is arriving at the moment.")

    def _correct(self, campaign_id: str, parts: Sequence[Item], difference: Mapping[str, int]) -> bool:
        """Add a difference to the sums; False if any of them was written since these parts were read.

        Anything that changes a row writes one of the parts in the same transaction, so in that case the rows have not
        changed.
        """
        seen = {item["sk"]: item["writes"] for item in parts}
        first, *others = (_sums_key(campaign_id, part) for part in range(PARTS))
        correction = Update(first, add={**difference, "writes": 1}, when=_written(seen.get(first["sk"])))
        return not self._items.transact([correction, *(Check(part, _written(seen.get(part["sk"]))) for part in others)])

    def _parts(self, campaign_id: str) -> list[Item]:
        return list(self._items.get_many(_sums_key(campaign_id, part) for part in range(PARTS)))

    def watched(self, campaign_id: str) -> Seen:
        """The sums up to which bounces and complaints have been judged."""
        item = self._items.get(record_key(f"CAMPAIGN#{campaign_id}", "WATCH")) or {}
        return Seen(**{name: int(item.get(name, 0)) for name in asdict(Seen())})

    def set_watched(self, campaign_id: str, seen: Seen) -> None:
        self._items.put({**record_key(f"CAMPAIGN#{campaign_id}", "WATCH"), **asdict(seen)})


def _written(times: int | None) -> ConditionBase:
    """A part of the sums was written just as often."""
    return ABSENT if times is None else Attr("writes").eq(times)


def _sums(parts: Sequence[Item]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for part in parts:
        sums.update({name: int(value) for name, value in part.items() if name not in ("pk", "sk", "writes")})
    return Counter({name: amount for name, amount in sums.items() if amount})


def _sums_key(campaign_id: str, part: int) -> dict[str, str]:
    return record_key(of_ledger(campaign_id, part), f"RESULTS#{part}")


def _row_item(row: Row, revision: int) -> Item:
    item: Item = {mark.value: bits for mark, bits in row.marks.items()}
    item["opens"] = b"".join(sorted(row.opens))
    item["clicks"] = b"".join(sorted(row.clicks))
    item["links"] = dict(row.links)
    item["reasons"] = {str(position): reason for position, reason in row.reasons.items()}
    return {"revision": revision, **{name: value for name, value in item.items() if value}}


def _row(item: Mapping[str, Any]) -> Row:
    return Row(
        marks={mark: int(item[mark.value]) for mark in Mark if mark.value in item},
        opens=_reads(item.get("opens")),
        clicks=_reads(item.get("clicks")),
        reasons={int(position): reason for position, reason in item.get("reasons", {}).items()},
        revision=int(item["revision"]),
        links={name: int(bits) for name, bits in item.get("links", {}).items()},
    )


def _reads(stored: Any) -> frozenset[bytes]:
    data = bytes(stored) if stored is not None else b""
    return frozenset(data[start : start + READ] for start in range(0, len(data), READ))
