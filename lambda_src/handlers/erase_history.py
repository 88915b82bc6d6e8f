"""From the erasures queue: take an erased person out of the ledgers of past campaigns, in as many turns as it needs."""

import json
import os
from functools import cache
from typing import Any

from email_list.aws.campaign_traces import CampaignTraces
from email_list.aws.clients import dynamodb_table
from email_list.aws.queue import Queue
from email_list.campaigns.erasing import Eraser, Search
from email_list.private_logs import keep_private
from handlers.shared.time_left import has_time

LATER_SECONDS = 900
"""When a campaign under way is looked at again; the longest delay that SQS knows."""


@cache
def _eraser() -> Eraser:
    return Eraser(CampaignTraces(dynamodb_table(os.environ["RECORDS_TABLE"])))


@cache
def _erasures() -> Queue:
    return Queue(os.environ["ERASURES_QUEUE"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one): an error leaves it in the queue, to be tried again."""
    for record in event["Records"]:
        left = _eraser().run(Search(**json.loads(record["body"])), has_time(context))
        if left:
            _erasures().send(left.to_json(), LATER_SECONDS if left.is_over else 0)
