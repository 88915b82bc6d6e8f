"""Makes a draft or a campaign of what is new in a feed, when EventBridge Scheduler says that its time has come."""

from typing import Any

from email_list.clock import utc_now
from email_list.feeds.newsdesk import period_of
from email_list.private_logs import keep_private
from handlers.wiring import issues


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Takes the `feed`'s id, and the `period`: the moment of the schedule, the same for every attempt."""
    issues.press().run(event["feed"], period_of(event.get("period"), utc_now()))
