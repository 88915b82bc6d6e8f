"""Comparing counters with what they count."""

from functools import cache, partial

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.counter_table import CounterTable
from email_list.aws.everyone import everyone
from email_list.aws.feedback_table import FeedbackTable
from email_list.figures.recount import CampaignRecount, Recount
from handlers.wiring import tables


def of_people(settling_seconds: float) -> Recount:
    return Recount(CounterTable(tables.records()), partial(everyone, tables.people()), settling_seconds)


@cache
def of_campaigns() -> CampaignRecount:
    return CampaignRecount(CampaignTable(tables.records()), FeedbackTable(tables.records()))
