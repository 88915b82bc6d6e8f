"""From the subscribers table's stream: count who came and who left."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from contract import OwnMetric
from email_list.aws import streams
from email_list.aws.clients import dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.changes import PersonChange
from email_list.figures.counting import Change, alias
from email_list.figures.growth import DAYS, CounterName, Kind, standing
from email_list.metrics import Metrics
from email_list.private_logs import keep_private


@cache
def _counters() -> CounterTable:
    return CounterTable(dynamodb_table(os.environ["RECORDS_TABLE"]))


@cache
def _metrics() -> Metrics:
    return Metrics(os.environ["STACK"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Count a batch of changes; after an error all of it comes again, and what is counted already stays so."""
    changes = [streams.change(record) for record in event["Records"]]
    counted = _counters().count([counted_as(change) for change in changes if isinstance(change, PersonChange)])
    _measure(OwnMetric.JOINED, counted, Kind.JOINED)
    _measure(OwnMetric.LEFT, counted, Kind.LEFT)


def counted_as(change: PersonChange) -> Change:
    """A change of a person, as the counters need it."""
    return Change(
        id=change.id,
        order=change.order,
        person=alias(change.email),
        before=standing(change.before),
        after=standing(change.after),
        at=change.at,
    )


def _measure(metric: str, counted: Mapping[CounterName, int], kind: Kind) -> None:
    amount = sum(
        amount for (book, name), amount in counted.items() if book == DAYS and name.split("#")[1] == kind.value
    )
    if amount:
        _metrics().count(metric, amount)
