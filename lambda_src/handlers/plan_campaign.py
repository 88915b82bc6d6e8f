"""Invoked in the background, and by EventBridge Scheduler: plan a campaign, continuing in fresh invocations."""

from typing import Any

from email_list.invocations import out_of_time
from email_list.private_logs import keep_private
from handlers.wiring import engine, planning


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take `{"campaign": id}`; with `"again_from": n`, first queue the batches from row n on again."""
    campaign_id: str = event["campaign"]
    if "again_from" in event:
        next_row = engine.handover().run(campaign_id, event["again_from"], out_of_time(context))
        if next_row is not None:
            engine.starter().start(campaign_id, again_from=next_row)
            return
    if planning.planner().plan(campaign_id, out_of_time(context)):
        engine.starter().start(campaign_id)
