"""Feedback on campaigns in DynamoDB, in the table `campaigns`.

| `pk` | `sk` | item |
|---|---|---|
| `CAMPAIGN#<id>` | `FEEDBACK#0000001` | the feedback row of a batch: marks, opens, clicks, reasons |
| `CAMPAIGN#<id>` | `RESULTS#0` ... | the sums of all rows, spread so that writers do not collide; `writes` of each |
| `CAMPAIGN#<id>` | `WATCH` | the sums up to which the campaign was judged (`email_list.campaigns.watching`) |

A row of 50 recipients has some hundred bytes. A transaction costs two write units for each row in it and two for the
sums, however many events it notes.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from botocore.exceptions import ClientError

from email_list.aws.campaign_table import LEDGER_KEPT
from email_list.campaigns.feedback import READ, Change, Mark, Results, Row, changes
from email_list.campaigns.watching import Seen
from email_list.clock import Clock, utc_now
from email_list.errors import ConflictError

PARTS = 4
MAX_KEYS = 100
"""Keys of one BatchGetItem call (DynamoDB API reference)."""

MAX_RECOUNTS = 5

_COLLISIONS = {"ConditionalCheckFailed", "TransactionConflict"}

Item = dict[str, Any]


class FeedbackTable:
    """`feedback_store.FeedbackStore` and `watching.WatchStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._name = table.name
        self._client = table.meta.client
        self._clock = clock

    def rows(self, campaign_id: str, numbers: Collection[int]) -> dict[int, Row]:
        """The rows of these batches, read consistently; an empty one where nothing has come back yet."""
        found = {number: Row() for number in numbers}
        keys = [_row_key(campaign_id, number) for number in numbers]
        while keys:
            request = {self._name: {"Keys": keys[:MAX_KEYS], "ConsistentRead": True}}
            answer = self._client.batch_get_item(RequestItems=request)
            for item in answer["Responses"].get(self._name, []):
                found[_number(item)] = _row(item)
            unread = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            keys = unread + keys[MAX_KEYS:]
        return found

    def rows_between(self, campaign_id: str, first: int, last: int) -> dict[int, Row]:
        """The rows of the batches with these numbers, as far as anything has come back."""
        if first > last:
            return {}
        bounds = {":first": f"FEEDBACK#{first:07d}", ":last": f"FEEDBACK#{last:07d}"}
        items = self._query(campaign_id, "sk BETWEEN :first AND :last", bounds)
        return {_number(item): _row(item) for item in items}

    def save(self, campaign_id: str, changed: Sequence[Change]) -> bool:
        """Replace rows that still have the revision they were read with, and add the differences to the sums."""
        writes = [self._put(campaign_id, number, before, after) for number, before, after in changed]
        difference: Counter[str] = Counter()
        for _, before, after in changed:
            difference.update(changes(before, after))
        if difference:
            part = f"RESULTS#{random.randrange(PARTS)}"  # noqa: S311
            writes.append(self._count(campaign_id, difference, part))
        return self._transact(writes)

    def sums(self, campaign_id: str) -> Counter[str]:
        """The sums of what all rows of a campaign add to them (`Row.counts`)."""
        return _sums(self._parts(campaign_id))

    def results(self, campaign_id: str) -> Results:
        return Results.of([self.sums(campaign_id)])

    def recount(self, campaign_id: str) -> dict[str, tuple[int, int]]:
        """Compare the sums with the rows, and set right those that differ: what each was, and what it is.

        Feedback may come in meanwhile; ConflictError when so much comes that the campaign never stands still. To be
        called while all rows are kept (`LEDGER_KEPT`).
        """
        for _ in range(MAX_RECOUNTS):
            parts, right = self._parts(campaign_id), Counter[str]()
            for item in self._query(campaign_id, "begins_with(sk, :rows)", {":rows": "FEEDBACK#"}):
                right.update(_row(item).counts())
            counted = _sums(parts)
            wrong = sorted(name for name in {*counted, *right} if counted[name] != right[name])
            difference = {name: right[name] - counted[name] for name in wrong}
            if not wrong or self._correct(campaign_id, parts, difference):
                return {name: (counted[name], right[name]) for name in wrong}
        raise ConflictError("Too much feedback comes in at the moment.")

    def _correct(self, campaign_id: str, parts: Sequence[Item], difference: Mapping[str, int]) -> bool:
        """Add a difference to the sums; False when any of them was written since these parts were read.

        Whatever changes a row writes one of the parts in the same transaction, so that then the rows have not changed.
        """
        seen = {item["sk"]: item["writes"] for item in parts}
        first, *others = (f"RESULTS#{part}" for part in range(PARTS))
        update = self._count(campaign_id, difference, first)
        update["Update"] |= _unwritten(seen.get(first), update["Update"]["ExpressionAttributeValues"])
        checks = [
            {
                "ConditionCheck": {
                    "TableName": self._name,
                    "Key": {"pk": f"CAMPAIGN#{campaign_id}", "sk": sk},
                    **_unwritten(seen.get(sk), {}),
                }
            }
            for sk in others
        ]
        return self._transact([update, *checks])

    def _transact(self, writes: Sequence[Item]) -> bool:
        """Do all of these writes, or, when one of them came too late, none."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if codes & _COLLISIONS:
                return False
            raise
        return True

    def _parts(self, campaign_id: str) -> list[Item]:
        return self._query(campaign_id, "begins_with(sk, :results)", {":results": "RESULTS#"})

    def watched(self, campaign_id: str) -> Seen:
        """The sums up to which bounces and complaints have been judged."""
        key = {"pk": f"CAMPAIGN#{campaign_id}", "sk": "WATCH"}
        item = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item", {})
        return Seen(**{name: int(item.get(name, 0)) for name in asdict(Seen())})

    def set_watched(self, campaign_id: str, seen: Seen) -> None:
        item = {"pk": f"CAMPAIGN#{campaign_id}", "sk": "WATCH", **asdict(seen)}
        self._client.put_item(TableName=self._name, Item=item)

    def _query(self, campaign_id: str, condition: str, values: Mapping[str, str]) -> list[Item]:
        """The items of a campaign's ledger that meet a condition, read consistently."""
        items: list[Item] = []
        start: Item = {}
        while True:
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression=f"pk = :pk AND {condition}",
                ExpressionAttributeValues={":pk": f"CAMPAIGN#{campaign_id}", **values},
                ConsistentRead=True,
                **start,
            )
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return items
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _put(self, campaign_id: str, number: int, before: Row, after: Row) -> Item:
        put: Item = {
            "TableName": self._name,
            "Item": {
                **_row_key(campaign_id, number),
                **_row_item(after, before.revision + 1),
                "expires_at": int((self._clock() + LEDGER_KEPT).timestamp()),
            },
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if before.revision:
            put["ConditionExpression"] = "revision = :seen"
            put["ExpressionAttributeValues"] = {":seen": before.revision}
        return {"Put": put}

    def _count(self, campaign_id: str, difference: Mapping[str, int], part: str) -> Item:
        amounts = {**difference, "writes": 1}
        return {
            "Update": {
                "TableName": self._name,
                "Key": {"pk": f"CAMPAIGN#{campaign_id}", "sk": part},
                "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in amounts),
                "ExpressionAttributeNames": {f"#{name}": name for name in amounts},
                "ExpressionAttributeValues": {f":{name}": amount for name, amount in amounts.items()},
            }
        }


def _unwritten(writes: int | None, values: Mapping[str, Any]) -> Item:
    """The condition that a part of the sums was written just as often, besides these values of the expression."""
    if writes is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "writes = :seen", "ExpressionAttributeValues": {**values, ":seen": writes}}


def _sums(parts: Sequence[Item]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for part in parts:
        sums.update({name: int(value) for name, value in part.items() if name not in ("pk", "sk", "writes")})
    return Counter({name: amount for name, amount in sums.items() if amount})


def _row_key(campaign_id: str, number: int) -> dict[str, str]:
    return {"pk": f"CAMPAIGN#{campaign_id}", "sk": f"FEEDBACK#{number:07d}"}


def _number(item: Mapping[str, Any]) -> int:
    return int(item["sk"].partition("#")[2])


def _row_item(row: Row, revision: int) -> Item:
    item: Item = {mark.value: bits for mark, bits in row.marks.items()}
    item["opens"] = b"".join(sorted(row.opens))
    item["clicks"] = b"".join(sorted(row.clicks))
    item["reasons"] = {str(position): reason for position, reason in row.reasons.items()}
    return {"revision": revision, **{name: value for name, value in item.items() if value}}


def _row(item: Mapping[str, Any]) -> Row:
    return Row(
        marks={mark: int(item[mark.value]) for mark in Mark if mark.value in item},
        opens=_reads(item.get("opens")),
        clicks=_reads(item.get("clicks")),
        reasons={int(position): reason for position, reason in item.get("reasons", {}).items()},
        revision=int(item["revision"]),
    )


def _reads(stored: Any) -> frozenset[bytes]:
    data = bytes(stored) if stored is not None else b""
    return frozenset(data[start : start + READ] for start in range(0, len(data), READ))
