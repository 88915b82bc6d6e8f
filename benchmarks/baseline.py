"""Two plain ways, written to be compared with: a loop, as a first version of a newsletter usually is, and a pool of
threads, as the second one is."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks.meter import Meter

FUNCTION_SECONDS = 300
"""How long the function of the plain way may run before Lambda ends it, wherever it is."""


THREADS = 20


@dataclass(frozen=True)
class PlainResult:
    """What a plain way did in some time. `refused` recipients were logged and passed over."""

    seconds: float
    sent: int
    refused: int
    calls: int
    processor: float

    @property
    def per_second(self) -> float:
        return self.sent / self.seconds

    @property
    def throttled(self) -> float:
        return self.refused / (self.sent + self.refused)

    @property
    def calls_per_thousand(self) -> float:
        return 1000 * self.calls / (self.sent + self.refused)

    @property
    def processor_ms(self) -> float:
        return 1000 * self.processor / (self.sent + self.refused)


def send_in_a_loop(table: str, sender: str, configuration_set: str, seconds: float) -> PlainResult:
    """Scan the table and send each active subscriber an email, one after another, until the time is up."""
    return _send_all(table, sender, configuration_set, seconds, threads=1)


def send_in_threads(table: str, sender: str, configuration_set: str, seconds: float) -> PlainResult:
    """The same by a pool of threads, as fast as they can."""
    return _send_all(table, sender, configuration_set, seconds, THREADS)


def _send_all(table: str, sender: str, configuration_set: str, seconds: float, threads: int) -> PlainResult:
    ses = boto3.client("sesv2", config=Config(max_pool_connections=threads))
    outcomes: Counter[bool] = Counter()

    def send(email: str) -> None:
        if time.monotonic() > deadline:
            return
        try:
            ses.send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": [email]},
                Content={"Simple": {"Subject": {"Data": "News"}, "Body": {"Text": {"Data": "Hello."}}}},
                ConfigurationSetName=configuration_set,
            )
            outcomes[True] += 1
        except ClientError:
            outcomes[False] += 1

    with Meter().installed() as meter, ThreadPoolExecutor(threads) as pool:
        started = time.monotonic()
        deadline = started + seconds
        # The table also holds rows that are nobody's, which have no status.
        people = (item["email"]["S"] for item in _scan(table) if item.get("status", {}).get("S") == "active")
        list(pool.map(send, people))
        took = time.monotonic() - started
    return PlainResult(took, outcomes[True], outcomes[False], meter.calls.total(), meter.processor)


def _scan(table: str) -> Any:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return (item for page in pages for item in page["Items"])
