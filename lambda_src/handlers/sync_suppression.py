"""On a schedule: copy what is new on the account's suppression list."""

from typing import Any

from email_list.invocations import out_of_time
from email_list.private_logs import keep_private
from handlers.wiring import suppression


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Continue where the last run stopped. The event contains nothing."""
    suppression.sync().run(out_of_time(context))
