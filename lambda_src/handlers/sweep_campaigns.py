"""On a schedule: set campaigns going that stand still."""

from functools import cache
from typing import Any

from email_list.campaigns.sweeping import Sweeper
from email_list.private_logs import keep_private
from handlers.shared import campaign_wiring
from handlers.shared.time_left import has_time


@cache
def sweeper() -> Sweeper:
    engine = campaign_wiring
    still = engine.settings().still
    return Sweeper(engine.store(), engine.queue(), engine.handover(), engine.starter(), engine.account(), still)


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Look after every unfinished campaign. The event says nothing."""
    may_go_on = has_time(context)
    sweeper().sweep(lambda: not may_go_on())
