"""Counters in DynamoDB, in the table `campaigns`.

| `pk` | `sk` | item |
|---|---|---|
| `GROWTH`, `GONE` | `2026-11-24#joined#form` | facts of a day (`email_list.figures.growth`): `amount` |
| `TOTALS` | a status | people who have it: `amount` |
| `COUNTED#<change>` | `-` | a mark: this change is counted; kept for longer than the stream keeps changes |
| `RECOUNT` | `RUN` | the recount under way, until when it may take, and whether the counting stands still |
| `NOTES#<run>` | order and change | a change that was counted during a recount |

Changes are counted in transactions that hold their marks and the sum of their differences, so that a change which
comes again, alone or among others, is refused by its mark. A change alone costs two write units for each of its mark,
its two to four counters and the look at the recount; among a hundred it costs little more than the mark's two.
"""

import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from email_list.aws.conditions import refused_by_condition
from email_list.clock import Clock, utc_now
from email_list.errors import ConflictError
from email_list.figures.counting import Change, Note
from email_list.figures.growth import CounterName

MARKS_KEPT = timedelta(days=3)
"""The stream keeps changes for 24 hours (DynamoDB developer guide)."""

RUN_LASTS = timedelta(minutes=16)
"""Longer than a function can run: a recount that died holds up the counting no longer than this."""

MAX_TRANSACTION = 100
"""Items of one TransactWriteItems call (DynamoDB API reference)."""

MAX_ATTEMPTS = 10

_PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}

Item = dict[str, Any]


class CountingStoppedError(Exception):
    """A recount is about to set the counters; the changes are to come again in some seconds."""


@dataclass(frozen=True)
class _Run:
    """The recount that the counting must heed: none, or one that wants notes, or one that wants a stop."""

    id: str = ""
    stopped: bool = False


class CounterTable:
    """`counting.Counters` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._name = table.name
        self._client = table.meta.client
        self._clock = clock

    # Counting

    def count(self, changes: Sequence[Change]) -> Counter[CounterName]:
        """Count those changes that are not counted yet; by how much the counters have changed.

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

    def _write(self, chunk: Sequence[Change], run: _Run) -> set[str] | None:
        """Count a chunk in one transaction. None when it is done; otherwise the ids of changes that were counted
        before, perhaps none, when it is to be tried again."""
        marks = [self._mark(change) for change in chunk]
        notes = [self._note(change, run.id) for change in chunk] if run.id else []
        sums = [self._add(name, amount) for name, amount in sorted(_sum(chunk).items()) if amount]
        try:
            self._client.transact_write_items(TransactItems=[*marks, self._unchanged(run), *notes, *sums])
        except ClientError as error:
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
            refusals = {"ConditionalCheckFailed", *_PASSING}
            if not refusals & set(reasons):
                raise
            if _PASSING & set(reasons):
                time.sleep(random.uniform(0.01, 0.2))  # noqa: S311
            return {
                change.id for change, reason in zip(chunk, reasons, strict=False) if reason == "ConditionalCheckFailed"
            }
        return None

    def _mark(self, change: Change) -> Item:
        key = {"pk": f"COUNTED#{change.id}", "sk": "-", "expires_at": self._in(MARKS_KEPT)}
        return {"Put": {"TableName": self._name, "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _note(self, change: Change, run: str) -> Item:
        note = {
            "pk": f"NOTES#{run}",
            "sk": f"{change.order:040d}#{change.id}",
            "person": change.person,
            "counters": [list(name) for name in change.after.counters],
            "expires_at": self._in(MARKS_KEPT),
        }
        return {"Put": {"TableName": self._name, "Item": note}}

    def _add(self, name: CounterName, amount: int) -> Item:
        return {
            "Update": {
                "TableName": self._name,
                "Key": {"pk": name[0], "sk": name[1]},
                "UpdateExpression": "ADD amount :amount",
                "ExpressionAttributeValues": {":amount": amount},
            }
        }

    # Reading

    def read(self, book: str, first: str = "", last: str = "\uffff") -> dict[str, int]:
        """Counters by the second part of their name, those from `first` to what begins with `last`."""
        condition, values = "pk = :pk", {":pk": book}
        if first:
            condition += " AND sk BETWEEN :first AND :last"
            values |= {":first": first, ":last": f"{last}\uffff"}
        items = self._items(condition, values)
        return {item["sk"]: int(item["amount"]) for item in items if item["amount"]}

    # Recounting

    def open_run(self) -> str:
        """Begin to note changes; ConflictError when another recount does so already."""
        run = secrets.token_hex(8)
        item = {"pk": "RECOUNT", "sk": "RUN", "run": run, "stopped": False, "until": self._in(RUN_LASTS)}
        try:
            self._client.put_item(
                TableName=self._name,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #until < :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":now": self._in(timedelta())},
            )
        except ClientError as error:
            if refused_by_condition(error):
                raise ConflictError("Another recount is under way.") from error
            raise
        return run

    def stop_counting(self, run: str) -> None:
        """Refuse changes until `end_run`; LookupError when the run is no longer this one's."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key={"pk": "RECOUNT", "sk": "RUN"},
                UpdateExpression="SET stopped = :stopped",
                ConditionExpression="run = :run AND #until > :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":stopped": True, ":run": run, ":now": self._in(timedelta())},
            )
        except ClientError as error:
            if refused_by_condition(error):
                raise LookupError("this recount took too long") from error
            raise

    def notes(self, run: str) -> Iterator[Note]:
        """The changes noted in a run, in any order."""
        for item in self._items("pk = :pk", {":pk": f"NOTES#{run}"}):
            counters = [(book, name) for book, name in item["counters"]]
            yield Note(item["person"], int(item["sk"].partition("#")[0]), counters)

    def correct(self, run: str, amounts: Mapping[CounterName, int]) -> None:
        """Set counters, while the counting of this run stands still."""
        puts = [
            {"Put": {"TableName": self._name, "Item": {"pk": book, "sk": name, "amount": amount}}}
            for (book, name), amount in sorted(amounts.items())
        ]
        guard, step = self._unchanged(_Run(run, stopped=True)), MAX_TRANSACTION - 1
        for start in range(0, len(puts), step):
            self._client.transact_write_items(TransactItems=[guard, *puts[start : start + step]])

    def end_run(self, run: str) -> None:
        """Let the counting go on without notes."""
        try:
            self._client.delete_item(
                TableName=self._name,
                Key={"pk": "RECOUNT", "sk": "RUN"},
                ConditionExpression="run = :run",
                ExpressionAttributeValues={":run": run},
            )
        except ClientError as error:
            if not refused_by_condition(error):
                raise

    # Inside

    def _run(self) -> _Run:
        key = {"pk": "RECOUNT", "sk": "RUN"}
        item = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")
        if item is None or item["until"] <= self._in(timedelta()):
            return _Run()
        return _Run(item["run"], item["stopped"])

    def _unchanged(self, run: _Run) -> Item:
        """Refuse the transaction if a recount was opened, stopped the counting, or ended since `run` was read."""
        if run.id:
            condition, values = "run = :run AND stopped = :stopped", {":run": run.id, ":stopped": run.stopped}
            names = {}
        else:
            condition, values = "attribute_not_exists(pk) OR #until <= :now", {":now": self._in(timedelta())}
            names = {"ExpressionAttributeNames": {"#until": "until"}}
        return {
            "ConditionCheck": {
                "TableName": self._name,
                "Key": {"pk": "RECOUNT", "sk": "RUN"},
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
                **names,
            }
        }

    def _items(self, condition: str, values: Mapping[str, Any]) -> Iterator[Item]:
        start: Item = {}
        while True:
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=dict(values),
                ConsistentRead=True,
                **start,
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _in(self, span: timedelta) -> int:
        """The moment after this span, in seconds since 1970."""
        return int((self._clock() + span).timestamp())


def _sum(changes: Sequence[Change]) -> Counter[CounterName]:
    total: Counter[CounterName] = Counter()
    for change in changes:
        total.update(change.difference)
    return total


def _as_many_as_fit(changes: Sequence[Change], notes: bool) -> list[Change]:
    """The first changes that one transaction holds: a mark and perhaps a note each, their counters, one check."""
    chunk: list[Change] = []
    counters: set[CounterName] = set()
    for change in changes:
        counters |= change.difference.keys()
        if (len(chunk) + 1) * (2 if notes else 1) + len(counters) + 1 > MAX_TRANSACTION:
            break
        chunk.append(change)
    return chunk
