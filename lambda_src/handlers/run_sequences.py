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
    # Lambda tries a run that died again under the same id (Lambda developer guide, "Error handling for asynchronous").
    holder, seconds = context.aws_request_id, context.get_remaining_time_in_millis() / 1000
    if running.runner(context.invoked_function_arn).run(sequence_id, has_time(context), holder, seconds):
        entering.starter().start(sequence_id)
