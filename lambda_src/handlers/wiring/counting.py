"""Counting who joins and who leaves."""

import os
from functools import cache

from contract import Env
from email_list.aws.counter_table import CounterTable
from email_list.metrics import Metrics
from handlers.wiring import tables


@cache
def counters() -> CounterTable:
    return CounterTable(tables.records())


@cache
def metrics() -> Metrics:
    return Metrics(os.environ[Env.STACK])
