"""On a schedule, once a day: the figures of the list and its campaigns, as rows for the event lake."""

import os
from datetime import timedelta
from functools import cache
from typing import Any

from email_list.aws.campaign_results import CampaignResultTable
from email_list.aws.clients import client, dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.aws.firehose import Firehose
from email_list.clock import utc_now
from email_list.figures import lake
from email_list.figures.growth import DAYS
from email_list.private_logs import keep_private

GROWTH_DAYS = 400
"""Days whose counters are told again each time, so that a recount reaches the lake."""

CAMPAIGN_DAYS = 90
"""How long after its start the figures of a campaign may still change."""

MAX_CAMPAIGNS = 1000


@cache
def _table() -> Any:
    return dynamodb_table(os.environ["RECORDS_TABLE"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answer with how many rows were handed over."""
    now = utc_now()
    today = now.date().isoformat()
    counters = CounterTable(_table()).read(DAYS, _days_ago(GROWTH_DAYS), today)
    campaigns = CampaignResultTable(_table()).started_between(_days_ago(CAMPAIGN_DAYS), today, MAX_CAMPAIGNS)
    firehose = client("firehose")
    return {
        "growth": Firehose(firehose, os.environ["GROWTH_STREAM"]).put(lake.growth_rows(counters, now)),
        "campaigns": Firehose(firehose, os.environ["CAMPAIGNS_STREAM"]).put(
            lake.campaign_row(campaign, now) for campaign in campaigns
        ),
    }


def _days_ago(days: int) -> str:
    return (utc_now() - timedelta(days=days)).date().isoformat()
