"""How many people a letter reaches."""

import time

from email_list.aws.counter_table import CounterTable
from email_list.campaigns.reach import Reach
from email_list.clock import utc_now
from email_list.figures.growth import TOPICS, TOTALS
from email_list.people.subscribers import Status
from handlers.wiring import segments, tables

COUNTING_SECONDS = 20.0
"""The gateway waits 30 seconds for a response."""


def reach() -> Reach:
    """Counts for this request."""
    ends = time.monotonic() + COUNTING_SECONDS
    return Reach(_active, segments.walk(), segments.reached(), lambda: time.monotonic() < ends, utc_now())


def _active(topic: str | None) -> int:
    """How many people are active, or are active and want a topic, according to the counters."""
    counters = CounterTable(tables.records())
    if topic is not None:
        return counters.read(TOPICS, topic, topic).get(topic, 0)
    return counters.read(TOTALS).get(Status.ACTIVE.value, 0)
