"""From the subscribers table's stream: count who came and who left."""

import logging
import os
from functools import cache
from typing import Any

from email_list.aws import subscriber_stream
from email_list.aws.clients import dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.growth import DAYS, Kind
from email_list.metrics import Metrics

METRICS = {Kind.JOINED: "SubscribersJoined", Kind.LEFT: "SubscribersLeft"}

logger = logging.getLogger(__name__)


@cache
def _counters() -> CounterTable:
    return CounterTable(dynamodb_table(os.environ["CAMPAIGNS_TABLE"]))


@cache
def _metrics() -> Metrics:
    return Metrics(os.environ["TEMPLATE_PREFIX"])


def handler(event: dict[str, Any], context: Any) -> None:
    """Count a batch of changes; after an error all of it comes again, and what is counted already stays so."""
    counted = _counters().count([subscriber_stream.change(record) for record in event["Records"]])
    for kind, metric in METRICS.items():
        amount = sum(
            amount for (book, name), amount in counted.items() if book == DAYS and name.split("#")[1] == kind.value
        )
        if amount:
            _metrics().count(metric, amount)
