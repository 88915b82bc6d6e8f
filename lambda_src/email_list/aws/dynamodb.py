"""How the adapters speak to DynamoDB: pages, reads in batches, conditional writes, transactions, expiry.

Only this folder sees items and their keys; everything else gets the domain's own types. Expressions are compiled here
rather than by boto3, whose compiler is shared by all threads of a client without being thread-safe.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from boto3.dynamodb.conditions import Attr, ConditionBase, ConditionExpressionBuilder
from botocore.exceptions import ClientError

from email_list.clock import Clock, utc_now

MAX_KEYS = 100
"""Keys of one BatchGetItem call (DynamoDB API reference)."""

MAX_TRANSACTION = 100
"""Writes of one TransactWriteItems call (DynamoDB API reference)."""

CONDITION_FAILED = "ConditionalCheckFailed"
"""Why a transaction was refused (DynamoDB API reference, CancellationReason): an item is not as expected."""

PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons that a later attempt may not meet."""

PAUSE_SECONDS = 0.2

Item = dict[str, Any]
Key = Mapping[str, str]


def record_key(pk: str, sk: str) -> dict[str, str]:
    """The key of an item in the records table."""
    return {"pk": pk, "sk": sk}


ABSENT = Attr("pk").not_exists()
"""There is no such item in the records table yet."""


@dataclass(frozen=True)
class Put:
    """Store an item, replacing whatever has its key."""

    operation: ClassVar[str] = "Put"

    item: Item
    when: ConditionBase | None = None

    def parameters(self) -> Item:
        return {"Item": self.item, **_guarded_by(self.when, _Words())}


@dataclass(frozen=True)
class Update:
    """Change attributes of an item, or create it if there is none.

    Attributes are paths such as `plan.rows` or `recipients[3]`. `keep` sets those that are not there yet, `append` adds
    to the end of a list, `add` to a number or a set, and `discard` removes from a set.
    """

    operation: ClassVar[str] = "Update"

    key: Key
    set: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, Any] = field(default_factory=dict)
    append: Mapping[str, list[Any]] = field(default_factory=dict)
    add: Mapping[str, Any] = field(default_factory=dict)
    discard: Mapping[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()
    when: ConditionBase | None = None

    def parameters(self) -> Item:
        words = _Words()
        name, value = words.name, words.value
        appended = "{0} = list_append(if_not_exists({0}, {1}), {2})".format
        clauses = {
            "SET": [
                *(f"{name(path)} = {value(new)}" for path, new in self.set.items()),
                *(f"{name(path)} = if_not_exists({name(path)}, {value(new)})" for path, new in self.keep.items()),
                *(appended(name(path), value([]), value(new)) for path, new in self.append.items()),
            ],
            "ADD": [f"{name(path)} {value(amount)}" for path, amount in self.add.items()],
            "DELETE": [f"{name(path)} {value(entries)}" for path, entries in self.discard.items()],
            "REMOVE": [name(path) for path in self.remove],
        }
        expression = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)
        return {"Key": self.key, "UpdateExpression": expression, **_guarded_by(self.when, words)}


@dataclass(frozen=True)
class Delete:
    """Remove an item, if it exists."""

    operation: ClassVar[str] = "Delete"

    key: Key
    when: ConditionBase | None = None

    def parameters(self) -> Item:
        return {"Key": self.key, **_guarded_by(self.when, _Words())}


class Check(Delete):
    """Refuse a transaction unless an item is as expected."""

    operation: ClassVar[str] = "ConditionCheck"


Write = Put | Update | Delete


class Items:
    """The items of one table. `table` is a boto3 DynamoDB table; threads may share this."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self.table_name: str = table.name
        self.client = table.meta.client
        self._clock = clock

    def get(self, key: Key) -> Item | None:
        """One item, read consistently."""
        return self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True).get("Item")

    def get_many(
        self, keys: Iterable[Key], attributes: Sequence[str] = (), *, consistent: bool = True
    ) -> Iterator[Item]:
        """Those of these items that exist, in no order. A read that may be slightly out of date costs half."""
        wanted = list(keys)
        how = {"ConsistentRead": consistent, **_projection(attributes, _Words())}
        for start in range(0, len(wanted), MAX_KEYS):
            request = {self.table_name: {"Keys": wanted[start : start + MAX_KEYS], **how}}
            yield from (item for _, item in read(self.client, request))

    def query(self, where: ConditionBase, **how: Any) -> Iterator[Item]:
        """All items under a key condition, however many pages there are; `how` is as for `page`."""
        for answer in pages(self.client.query, self.request(where, **how)):
            yield from answer["Items"]

    def page(self, where: ConditionBase, **how: Any) -> tuple[list[Item], Key | None]:
        """Up to 1 MB of the items under a key condition, and the key after which the next page begins, if there is one.

        Takes an `index`, the `attributes` to read, a filter (`only`), `backwards`, a `limit`, and the key to begin
        `after`. The table is read consistently; an index cannot be.
        """
        answer = self.client.query(**self.request(where, **how))
        return answer["Items"], answer.get("LastEvaluatedKey")

    def scan(self, attributes: Sequence[str], after: Key | None = None) -> tuple[list[Item], Key | None]:
        """1 MB of all items in no order, read consistently, and the key after which the next ones come."""
        begin = {"ExclusiveStartKey": after} if after else {}
        words = _projection(attributes, _Words())
        answer = self.client.scan(TableName=self.table_name, ConsistentRead=True, **begin, **words)
        return answer["Items"], answer.get("LastEvaluatedKey")

    def put(self, item: Item, when: ConditionBase | None = None) -> bool:
        """Store an item; False if the condition did not hold."""
        return self._accepted(self.client.put_item, Put(item, when)) is not None

    def update(self, change: Update) -> Item | None:
        """The item after the change; None if the condition did not hold."""
        answer = self._accepted(self.client.update_item, change, ReturnValues="ALL_NEW")
        return answer["Attributes"] if answer is not None else None

    def delete(self, key: Key, when: ConditionBase | None = None) -> bool:
        """Whether an item was deleted: it existed, and the condition held."""
        answer = self._accepted(self.client.delete_item, Delete(key, when), ReturnValues="ALL_OLD")
        return answer is not None and "Attributes" in answer

    def transact(self, writes: Iterable[Write], beside: "Sequence[tuple[Items, Write]]" = ()) -> list[str]:
        """Do all of these writes, and those `beside` in other tables, or none: then the reason for each, `None` for
        those that are not to blame."""
        pairs = [*((self, write) for write in writes), *beside]
        requests = [{write.operation: {"TableName": of.table_name, **write.parameters()}} for of, write in pairs]
        try:
            self.client.transact_write_items(TransactItems=requests)
        except ClientError as error:
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
            if {CONDITION_FAILED, *PASSING}.isdisjoint(reasons):
                raise
            return reasons
        return []

    def expiry(self, span: timedelta = timedelta()) -> int:
        """The moment after this span, in whole seconds since 1970, as DynamoDB's TTL expects it."""
        return int((self._clock() + span).timestamp())

    def request(
        self,
        where: ConditionBase,
        *,
        index: str | None = None,
        attributes: Sequence[str] = (),
        only: ConditionBase | None = None,
        backwards: bool = False,
        limit: int | None = None,
        after: Key | None = None,
    ) -> Item:
        """The parameters of a query."""
        words = _Words()
        return {
            "TableName": self.table_name,
            "ScanIndexForward": not backwards,
            "KeyConditionExpression": words.condition(where, of_key=True),
            **({"FilterExpression": words.condition(only)} if only else {}),
            **({"IndexName": index} if index else {"ConsistentRead": True}),
            **({"Limit": limit} if limit else {}),
            **({"ExclusiveStartKey": after} if after else {}),
            **_projection(attributes, words),
        }

    def _accepted(self, operation: Any, write: Write, **parameters: Any) -> Any:
        """The response; None if the condition did not hold."""
        try:
            return operation(TableName=self.table_name, **write.parameters(), **parameters)
        except ClientError as error:
            if refused(error):
                return None
            raise


def refused(error: ClientError) -> bool:
    """Whether a write was not done because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


class _Words:
    """The placeholders of one request's expressions: any name may be a reserved word."""

    def __init__(self) -> None:
        self._conditions = ConditionExpressionBuilder()
        self._names: dict[str, str] = {}
        self._values: Item = {}

    def name(self, path: str) -> str:
        return ".".join(self._attribute(part) for part in path.split("."))

    def value(self, value: Any) -> str:
        placeholder = f":u{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def condition(self, condition: ConditionBase, *, of_key: bool = False) -> str:
        built = self._conditions.build_expression(condition, is_key_condition=of_key)
        self._names |= built.attribute_name_placeholders
        self._values |= built.attribute_value_placeholders
        return built.condition_expression

    def parameters(self) -> Item:
        """What the placeholders stand for."""
        known = {"ExpressionAttributeNames": self._names, "ExpressionAttributeValues": self._values}
        return {name: words for name, words in known.items() if words}

    def _attribute(self, part: str) -> str:
        attribute, bracket, index = part.partition("[")
        self._names[f"#{attribute}"] = attribute
        return f"#{attribute}{bracket}{index}"


def read(client: Any, request: Mapping[str, Item]) -> Iterator[tuple[str, Item]]:
    """Up to `MAX_KEYS` items of one or more tables, each with its table; asks again for what DynamoDB left unread."""
    while request:
        answer = client.batch_get_item(RequestItems=request)
        for table, items in answer["Responses"].items():
            yield from ((table, item) for item in items)
        request = answer.get("UnprocessedKeys", {})
        if request:
            time.sleep(PAUSE_SECONDS)


def pages(operation: Any, request: Item) -> Iterator[Item]:
    """The responses to a request and to those that continue it."""
    while True:
        answer = operation(**request)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _guarded_by(when: ConditionBase | None, words: _Words) -> Item:
    condition = {"ConditionExpression": words.condition(when)} if when else {}
    return {**condition, **words.parameters()}


def _projection(attributes: Sequence[str], words: _Words) -> Item:
    wanted = {"ProjectionExpression": ", ".join([words.name(path) for path in attributes])} if attributes else {}
    return {**wanted, **words.parameters()}
