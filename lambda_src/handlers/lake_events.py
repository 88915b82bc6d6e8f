"""From the lake's own queue of SES events: write rows without addresses to the event lake."""

import logging
from typing import Any

from contract import Env
from email_list.events import mail_events
from email_list.events.mail_events import UnreadableEventError
from email_list.figures.lake import event_rows
from email_list.invocations import to_come_back
from email_list.private_logs import keep_private
from handlers.wiring import lake, secrets

logger = logging.getLogger(__name__)


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that could not be read as events; they end up in the dead-letter queue."""
    unreadable, rows = [], []
    for record in event["Records"]:
        try:
            read = mail_events.read(record["body"])
        except UnreadableEventError as error:
            logger.warning("unreadable event", extra={"message_id": record["messageId"], "reason": str(error)})
            unreadable.append(record["messageId"])
            continue
        if read is not None:
            rows += event_rows(read, secrets.fingerprint)
    lake.stream(Env.EVENTS_STREAM).put(rows)
    return to_come_back(unreadable)
