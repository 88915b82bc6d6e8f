"""Invoked in the background, and by EventBridge Scheduler: send what is due in a sequence, continuing in fresh
invocations."""

from typing import Any

from email_list.invocations import has_time
from email_list.private_logs import keep_private
from handlers.wiring import entering, running


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take `{"sequence": id}`."""
    sequence_id: str = event["sequence"]
    if running.runner(context.invoked_function_arn).run(sequence_id, has_time(context)):
        entering.starter().start(sequence_id)
