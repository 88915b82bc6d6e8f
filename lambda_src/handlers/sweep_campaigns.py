"""On a schedule: restart stalled campaigns."""

from typing import Any

from email_list.invocations import out_of_time
from email_list.private_logs import keep_private
from handlers.wiring import sweeping


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Check every unfinished campaign. The event contains nothing."""
    sweeping.sweeper().sweep(out_of_time(context))
