"""The plain way, written to be compared with: what a first version of a newsletter usually looks like."""

import time
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from benchmarks.meter import Meter

FUNCTION_SECONDS = 300
"""How long the function of the plain way may run before Lambda ends it, wherever it is."""


@dataclass(frozen=True)
class LoopResult:
    """What a plain loop did in some time. `refused` recipients were logged and passed over."""

    seconds: float
    sent: int
    refused: int
    calls: int


def send_in_a_loop(table: str, sender: str, configuration_set: str, seconds: float) -> LoopResult:
    """Scan the table and send each active subscriber a mail, one after another, until the time is up."""
    ses = boto3.client("sesv2")
    sent = refused = 0
    with Meter().installed() as meter:
        started = time.monotonic()
        for item in _scan(table):
            if item["status"]["S"] != "active":
                continue
            try:
                ses.send_email(
                    FromEmailAddress=sender,
                    Destination={"ToAddresses": [item["email"]["S"]]},
                    Content={"Simple": {"Subject": {"Data": "News"}, "Body": {"Text": {"Data": "Hello."}}}},
                    ConfigurationSetName=configuration_set,
                )
                sent += 1
            except ClientError:
                refused += 1
            if time.monotonic() - started > seconds:
                break
        took = time.monotonic() - started
    return LoopResult(took, sent, refused, meter.calls.total())


def _scan(table: str) -> Any:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return (item for page in pages for item in page["Items"])
