"""From the erasures queue: remove an erased person from the ledgers of past campaigns.

A campaign under way keeps its ledger as it is until it is over; the person is not mailed in it, since they are not on
the list any more. Until then the message goes round the queue.
"""

import json
import os
from functools import cache
from typing import Any

from email_list.aws.campaign_traces import CampaignTraces
from email_list.aws.clients import dynamodb_table
from email_list.aws.queue import Queue
from email_list.private_logs import keep_private

LATER_SECONDS = 900
"""When an unfinished campaign is looked at again; the longest delay that SQS knows."""


@cache
def _traces() -> CampaignTraces:
    return CampaignTraces(dynamodb_table(os.environ["RECORDS_TABLE"]))


@cache
def _erasures() -> Queue:
    return Queue(os.environ["ERASURES_QUEUE"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one): an error leaves it in the queue, to be tried again."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        email, only = message["email"], message.get("campaigns")
        unfinished = []
        for campaign_id, is_over in _traces().campaigns():
            if only is not None and campaign_id not in only:
                continue
            if is_over:
                _traces().erase(campaign_id, email)
            else:
                unfinished.append(campaign_id)
        if unfinished:
            _erasures().send(json.dumps({"email": email, "campaigns": unfinished}), LATER_SECONDS)
