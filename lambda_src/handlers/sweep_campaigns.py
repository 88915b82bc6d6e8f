"""On a schedule: set campaigns going that stand still."""

from typing import Any

from email_list.invocations import out_of_time
from email_list.private_logs import keep_private
from handlers.wiring import sweeping


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Look after every unfinished campaign. The event says nothing."""
    sweeping.sweeper().sweep(out_of_time(context))
