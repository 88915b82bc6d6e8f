"""On a schedule: set campaigns going that stand still."""

from typing import Any

from handlers import campaign_wiring
from handlers.time_left import has_time


def handler(event: dict[str, Any], context: Any) -> None:
    """Look after every unfinished campaign. The event says nothing."""
    may_go_on = has_time(context)
    campaign_wiring.sweeper().sweep(lambda: not may_go_on())
