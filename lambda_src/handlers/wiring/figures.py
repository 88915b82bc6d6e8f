"""Figures of the list and its campaigns."""

from functools import cache

from email_list.aws.campaign_results import CampaignResultTable
from email_list.aws.counter_table import CounterTable
from handlers.wiring import tables


@cache
def counters() -> CounterTable:
    return CounterTable(tables.records())


@cache
def results() -> CampaignResultTable:
    return CampaignResultTable(tables.records())
