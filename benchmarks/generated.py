"""A server in place of DynamoDB and SQS, whose list has any number of people: they are generated when they are read.

It runs in a process of its own, so that its callers have a client's costs and no others: signing, sending, reading
JSON. It counts calls and capacity units as DynamoDB would charge them (`benchmarks.meter` has the sources), whole items
even if a response has only part of them. What is written is counted and forgotten, apart from the few rows that say
how far a piece of work has come. Conditions are taken to hold.

People are numbered in the order in which they joined, one a second; each shard of the index has every sixteenth.
"""

import json
import multiprocessing
import re
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from benchmarks.meter import READ, WRITE, capacity, size
from email_list.clock import iso, utc_now

START = datetime(2010, 1, 1, tzinfo=UTC)
SHARDS = 16
PAGE_BYTES = 1_000_000
"""What one Query or Scan reads (DynamoDB developer guide: 1 MB)."""

PEOPLE, RECORDS = "subscribers", "records"
BIG = "BIG"
"""A campaign to everybody, whose plan is there, 50 people a row."""

BATCH = 50
INDEX_WRITES = 2
"""Units that a new person costs in the two indexes besides, of less than 1 KB each."""

Json = dict[str, Any]


def joined(number: int) -> str:
    """When this person joined."""
    return (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def address(number: int) -> str:
    """This person's address, in which one letter sees to it that their shard is every sixteenth's."""
    wanted = zlib.crc32(_ADDRESS % (number, b"a")) % SHARDS ^ number % SHARDS
    return (_ADDRESS % (number, _LETTERS[wanted])).decode()


_ADDRESS = b"person%08d%s@example.com"
_LETTERS = {
    (zlib.crc32(_ADDRESS % (0, b"a")) ^ zlib.crc32(_ADDRESS % (0, bytes([letter])))) % SHARDS: bytes([letter])
    for letter in b"abcdefghijklmnopqrstuvwxyz0123456789"
}
"""By what each letter changes in the checksum: a CRC is linear, so that it is the same for every number."""


def number_of(email: str) -> int:
    return int(email[6:14])


def item(number: int) -> Json:
    """Everything stored of a person who confirmed, as the API writes it; some 650 bytes."""
    at, email = joined(number), address(number)
    return {
        "email": {"S": email},
        "initials": {"S": email[:2]},
        "status": {"S": "active"},
        "status_shard": {"S": f"active#{number % SHARDS:x}"},
        "subscribed_date": {"S": at},
        "name": {"S": f"Person {number}"},
        "source": {"S": "form"},
        "topics": {"L": [{"S": "News"}, {"S": "Events"}] if number % 2 else [{"S": "Events"}]},
        "attributes": {"M": {"city": {"S": "Springfield"}, "plan": {"S": "free"}}},
        "consent": {
            "M": {
                "subscribed": {
                    "M": {
                        "at": {"S": at},
                        "ip": {"S": "203.0.113.7"},
                        "source": {"S": "form"},
                        "user_agent": {"S": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
                        "wording": {"S": "Yes, send me the newsletter. I can leave at any time by a link in it."},
                    }
                }
            }
        },
        "history": {"L": [{"M": {"at": {"S": at}, "what": {"S": "subscribed"}}}]},
    }


ITEM_BYTES = size(item(1))


class Store:
    """The list, and the counts of what is asked of it. `people` may be none, for an import."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.calls: Counter[str] = Counter()
        self.units = {READ: 0.0, WRITE: 0.0}
        self._records: dict[tuple[str, str], Json] = {}
        self._lock = threading.Lock()

    def answer(self, target: str, request: Json) -> Json:
        """What an operation answers, such as "DynamoDB_20120810.Query"."""
        operation = target.partition(".")[2]
        answer, units = _OPERATIONS[operation](self, request)
        with self._lock:
            self.calls[operation] += 1
            for kind, amount in units.items():
                self.units[kind] += amount
        return answer

    def counts(self) -> Json:
        """What was asked since the last time."""
        with self._lock:
            found = {"calls": dict(self.calls), **self.units}
            self.calls.clear()
            self.units = {READ: 0.0, WRITE: 0.0}
        return found

    def query(self, request: Json) -> tuple[Json, Json]:
        if request["TableName"] == RECORDS:
            found = [_campaign(self.people)] if _asks_for_campaigns(request) else []
            return {"Items": found, "Count": len(found), "ScannedCount": len(found)}, {READ: 1.0}
        numbers, last = self._page(request)
        units = {READ: _read_units(len(numbers))}
        answer: Json = {"Items": _projected(request, numbers), "Count": len(numbers), "ScannedCount": len(numbers)}
        if last is not None:
            person = item(last)
            answer["LastEvaluatedKey"] = {name: person[name] for name in ("email", "status_shard", "subscribed_date")}
        return answer, units

    def _page(self, request: Json) -> tuple[range, int | None]:
        """The people of one shard that a query reads, and the last of them if it goes on."""
        condition = request["KeyConditionExpression"]
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        first, end = 0, self.people
        shard = 0
        for name, operator, value, upper in _CONDITIONS.findall(condition):
            if names[name] == "status_shard":
                shard = int(values[value]["S"].rpartition("#")[2], 16)
                continue
            at = _number_at(values[value]["S"])
            if upper or operator in (">=", ">"):
                first = max(first, at + (operator == ">"))
            if upper:
                end = min(end, _number_at(values[upper]["S"]) + 1)
            elif operator in ("<=", "<"):
                end = min(end, at + (operator == "<="))
        backwards = request.get("ScanIndexForward") is False
        if after := request.get("ExclusiveStartKey"):
            start = number_of(after["email"]["S"])
            first, end = (first, min(end, start)) if backwards else (max(first, start + 1), end)
        first += (shard - first) % SHARDS
        whole = range(first, end, SHARDS)
        whole = whole[::-1] if backwards else whole
        most = min(request.get("Limit", PAGE_BYTES), PAGE_BYTES // ITEM_BYTES)
        page = whole[:most]
        return page, page[-1] if len(whole) > most else None

    def scan(self, request: Json) -> tuple[Json, Json]:
        after = request.get("ExclusiveStartKey")
        first = number_of(after["email"]["S"]) + 1 if after else 0
        numbers = range(first, min(self.people, first + PAGE_BYTES // ITEM_BYTES))
        answer: Json = {"Items": _projected(request, numbers), "Count": len(numbers), "ScannedCount": len(numbers)}
        if numbers and numbers[-1] < self.people - 1:
            answer["LastEvaluatedKey"] = {"email": {"S": address(numbers[-1])}}
        return answer, {READ: (2 if request.get("ConsistentRead") else 1) * _read_units(len(numbers))}

    def get(self, request: Json) -> tuple[Json, Json]:
        found = self._find(request["TableName"], request["Key"])
        answer = {"Item": found} if found else {}
        return answer, capacity("GetItem", request, answer)

    def get_many(self, request: Json) -> tuple[Json, Json]:
        responses = {
            table: [found for key in wanted["Keys"] if (found := self._find(table, key))]
            for table, wanted in request["RequestItems"].items()
        }
        answer = {"Responses": responses, "UnprocessedKeys": {}}
        return answer, capacity("BatchGetItem", request, answer)

    def put(self, request: Json) -> tuple[Json, Json]:
        stored = request["Item"]
        if "pk" in stored and not stored["sk"]["S"].startswith("PLAN#"):
            self._records[_key(stored)] = stored
        return {}, capacity("PutItem", request, {})

    def update(self, request: Json) -> tuple[Json, Json]:
        known = self._find(request["TableName"], request["Key"]) or dict(request["Key"])
        values = request.get("ExpressionAttributeValues", {})
        for path, value in _SETS.findall(request["UpdateExpression"]):
            if "." not in path and "[" not in path:
                known = {**known, request["ExpressionAttributeNames"][path]: values[value]}
        if not request["Key"].get("sk", {}).get("S", "").startswith("PLAN#"):
            self._records[_key(request["Key"])] = known
        answer = {"Attributes": known}
        shown = answer if request.get("ReturnValues") == "ALL_NEW" else {}
        return shown, capacity("UpdateItem", request, answer)

    def transact(self, request: Json) -> tuple[Json, Json]:
        return {}, capacity("TransactWriteItems", request, {})

    def execute(self, request: Json) -> tuple[Json, Json]:
        """PartiQL's INSERTs of people who are all new."""
        units = 0.0
        for statement in request["Statements"]:
            names = re.findall(r"'(\w+)': \?", statement["Statement"])
            stored = dict(zip(names, statement["Parameters"], strict=True))
            units += capacity("PutItem", {"Item": stored}, {})[WRITE] + INDEX_WRITES
        return {"Responses": [{"TableName": PEOPLE} for _ in request["Statements"]]}, {WRITE: units}

    def send(self, request: Json) -> tuple[Json, Json]:
        """SQS's SendMessageBatch."""
        sent = [{"Id": entry["Id"], "MessageId": entry["Id"], "MD5OfMessageBody": ""} for entry in request["Entries"]]
        return {"Successful": sent}, {}

    def _find(self, table: str, key: Mapping[str, Any]) -> Json | None:
        if table == PEOPLE:
            return None
        kind, _, row = key["sk"]["S"].partition("#")
        if key["pk"]["S"].startswith(f"CAMPAIGN#{BIG}#") and kind == "PLAN":
            return _plan_row(dict(key), int(row), self.people)
        return self._records.get(_key(key))


def _asks_for_campaigns(request: Json) -> bool:
    return {"S": "CAMPAIGNS"} in request["ExpressionAttributeValues"].values()


def _campaign(people: int) -> Json:
    """The campaign to everybody, which is over."""
    plan = {"rows": {"N": str(-(-people // BATCH))}, "complete": {"BOOL": True}}
    over = {"S": iso(utc_now())}
    return {"sk": {"S": BIG}, "subject": {"S": "News"}, "finished_at": over, "cutoff": over, "plan": {"M": plan}}


def _plan_row(key: Json, row: int, people: int) -> Json | None:
    numbers = range((row - 1) * BATCH, min(row * BATCH, people))
    if not numbers:
        return None
    end = [{"S": joined(numbers[-1])}, {"S": address(numbers[-1])}]
    recipients = [{"S": address(number)} for number in numbers]
    return {**key, "recipients": {"L": recipients}, "last": {"BOOL": False}, "end": {"L": end}}


def _projected(request: Json, numbers: Iterable[int]) -> list[Json]:
    """People with the attributes that are asked for."""
    names = request.get("ExpressionAttributeNames", {})
    wanted = [names[word.strip()] for word in request["ProjectionExpression"].split(",")]
    people = map(item, numbers)
    return [{name: person[name] for name in wanted if name in person} for person in people]


def _key(key: Mapping[str, Any]) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def _number_at(moment: str) -> int:
    """The person who joined then."""
    # A place after a moment is that moment and a character that no moment has.
    at = datetime.fromisoformat(moment.rstrip("\0"))
    return int((at - START).total_seconds()) + moment.endswith("\0")


def _read_units(people: int) -> float:
    """Of whole people, read with no promise of consistency."""
    return 0.5 * max(1, -(-people * ITEM_BYTES // 4096))


_CONDITIONS = re.compile(r"(#\w+) (=|>=|<=|>|<|BETWEEN) (:\w+)(?: AND (:\w+))?")
_SETS = re.compile(r"(#[\w.#\[\]]+) = (:\w+)")

_OPERATIONS: Mapping[str, Callable[[Store, Json], tuple[Json, Json]]] = {
    "Query": Store.query,
    "Scan": Store.scan,
    "GetItem": Store.get,
    "BatchGetItem": Store.get_many,
    "PutItem": Store.put,
    "UpdateItem": Store.update,
    "DeleteItem": lambda store, request: ({}, {WRITE: 1}),
    "TransactWriteItems": Store.transact,
    "BatchExecuteStatement": Store.execute,
    "SendMessageBatch": Store.send,
}


class _Handler(BaseHTTPRequestHandler):
    """Speaks the JSON protocols of DynamoDB and SQS, and gives out the counts."""

    protocol_version = "HTTP/1.1"
    store: Store

    def do_GET(self) -> None:
        self._say(self.store.counts())

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._say(self.store.answer(self.headers["X-Amz-Target"], request))

    def _say(self, answer: Json) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def served(people: int) -> Generator[str]:
    """The address of a server with so many people."""
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_serve, args=(sender, people), daemon=True)
    process.start()
    sender.close()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(sender: Any, people: int) -> None:
    handler = type("Handler", (_Handler,), {"store": Store(people)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    sender.send(server.server_port)
    server.serve_forever()


def counts(url: str) -> Json:
    """What was asked of a server since the last time."""
    return requests.get(url, timeout=60).json()
