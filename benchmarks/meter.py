"""Counts what the product asks of AWS: calls, and the capacity units that DynamoDB would charge for.

Units follow the DynamoDB developer guide ("Capacity unit consumption", "Item sizes and formats"): a write costs one
for each KB of the item begun, a strongly consistent read one for each 4 KB begun, an eventually consistent read half of
it, and both twice as much in a transaction. What an index costs on top is not counted: no campaign writes to the table
that has one.
"""

import math
import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import botocore.client
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

READ, WRITE = "read", "write"

_serialize = TypeSerializer().serialize
_TYPES = {"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}

Item = Mapping[str, Any]


class Meter:
    """While it is installed: calls by `service:Operation`, units of `READ` and `WRITE`, and seconds spent in calls.

    `processor` is what the process used meanwhile, in seconds, without what counting takes.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.units = {READ: 0.0, WRITE: 0.0}
        self.seconds = 0.0
        self.processor = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def installed(self) -> Generator["Meter"]:
        """Count every call of this process."""
        original = botocore.client.BaseClient._make_api_call

        def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            service = client.meta.service_model.service_name
            started = time.perf_counter()
            try:
                answer = original(client, operation, parameters)
            except ClientError:
                self._count(service, operation, parameters, {}, time.perf_counter() - started)
                raise
            self._count(service, operation, parameters, answer, time.perf_counter() - started)
            return answer

        botocore.client.BaseClient._make_api_call = call
        started = time.process_time()
        try:
            yield self
        finally:
            botocore.client.BaseClient._make_api_call = original
            self.processor += time.process_time() - started

    def _count(self, service: str, operation: str, parameters: Item, answer: Item, seconds: float) -> None:
        started = time.thread_time()
        units = capacity(operation, parameters, answer) if service == "dynamodb" else {}
        with self._lock:
            self.processor -= time.thread_time() - started
            self.calls[f"{service}:{operation}"] += 1
            for kind, amount in units.items():
                self.units[kind] += amount
            self.seconds += seconds


def capacity(operation: str, parameters: Item, answer: Item) -> dict[str, float]:
    """The units of one call. An update whose answer does not show the item is taken to be of an item under 1 KB."""
    factor = 1.0 if parameters.get("ConsistentRead") else 0.5
    match operation:
        case "GetItem":
            return {READ: factor * _blocks(size(answer.get("Item", {})), 4096)}
        case "Query" | "Scan":
            return {READ: factor * _blocks(sum(map(size, answer.get("Items", []))), 4096)}
        case "BatchGetItem":
            return {READ: sum(_batch_read(table, request, answer) for table, request in _requests(parameters))}
        case "PutItem":
            return {WRITE: _blocks(size(parameters["Item"]), 1024)}
        case "UpdateItem":
            return {WRITE: _blocks(size(answer.get("Attributes", {})), 1024)}
        case "DeleteItem":
            return {WRITE: 1}
        case "TransactWriteItems":
            return {WRITE: 2 * sum(map(_write, parameters["TransactItems"]))}
    raise LookupError(f"what {operation} costs is not known here")


def size(item: Item) -> int:
    """Bytes of an item, of Python values or as the API has them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Any) -> int:
    if not (isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _TYPES):
        value = _serialize(value)
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return math.ceil(len(content.strip("-").replace(".", "")) / 2) + 1
        case "B":
            return len(bytes(content))
        case "L":
            return 3 + sum(1 + _value_size(one) for one in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in content.items())
        case "SS" | "NS" | "BS":
            return sum(_value_size({kind[0]: one}) for one in content)
    return 1


def _blocks(size_: int, block: int) -> int:
    return max(1, math.ceil(size_ / block))


def _requests(parameters: Item) -> Any:
    return parameters["RequestItems"].items()


def _batch_read(table: str, request: Item, answer: Item) -> float:
    found = answer.get("Responses", {}).get(table, [])
    missing = len(request["Keys"]) - len(found)
    return (1.0 if request.get("ConsistentRead") else 0.5) * (
        missing + sum(_blocks(size(item), 4096) for item in found)
    )


def _write(action: Item) -> int:
    return _blocks(size(action["Put"]["Item"]), 1024) if "Put" in action else 1
