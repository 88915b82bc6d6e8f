"""From the queue of SES events: record what became of emails, clean the list, and stop harmful campaigns.

A message that is not an event, or of an unknown kind, returns like an event that cannot be recorded, and ends among the
dead letters, where it waits for a version that can read it. Neither holds up the others.
"""

import logging
from typing import Any

from email_list.events import mail_events
from email_list.events.mail_events import Event, UnreadableEventError
from email_list.invocations import has_time, to_come_back
from email_list.private_logs import keep_private
from handlers.wiring import events

logger = logging.getLogger(__name__)


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that should return."""
    failed: list[str] = []
    readable: dict[str, Event] = {}
    for record in event["Records"]:
        try:
            read = mail_events.read(record["body"])
        except UnreadableEventError as error:
            logger.error("unreadable event", extra={"message_id": record["messageId"], "reason": str(error)})
            failed.append(record["messageId"])
            continue
        if read is not None:
            readable[record["messageId"]] = read
    return to_come_back(failed + events.intake().take_each(readable, has_time(context)))
