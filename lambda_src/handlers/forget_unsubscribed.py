"""On a schedule: erase people who left long ago."""

from typing import Any

from email_list.invocations import has_time
from email_list.private_logs import keep_private
from handlers.wiring import forgetting


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Forget as many as time allows. The event contains nothing."""
    forgetting.forgetting().run(has_time(context))
