"""Invoked in the background, and by EventBridge Scheduler: plan a campaign, going on in fresh invocations."""

import os
from functools import cache
from typing import Any

from email_list.aws.clients import dynamodb_table
from email_list.aws.subscriber_walk import SubscriberWalk
from email_list.campaigns.planning import Planner
from email_list.private_logs import keep_private
from handlers.shared import campaign_wiring
from handlers.shared.time_left import has_time


@cache
def planner() -> Planner:
    engine = campaign_wiring
    people = SubscriberWalk(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))
    lateness = engine.settings().lateness
    return Planner(engine.store(), people, engine.queue(), engine.pace().batch_size, lateness)


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take `{"campaign": id}`; with `"again_from": n`, hand the batches from row n on to the queue again first."""
    campaign_id: str = event["campaign"]
    may_go_on = has_time(context)
    starter = campaign_wiring.starter()

    def out_of_time() -> bool:
        return not may_go_on()

    if "again_from" in event:
        next_row = campaign_wiring.handover().run(campaign_id, event["again_from"], out_of_time)
        if next_row is not None:
            starter.start(campaign_id, again_from=next_row)
            return
    if planner().plan(campaign_id, out_of_time):
        starter.start(campaign_id)
