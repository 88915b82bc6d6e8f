"""From the queue of SES events: note what they say about the recipients of campaigns."""

import logging
from typing import Any

from email_list import mail_events
from email_list.mail_events import UnreadableEventError
from email_list.settlement import MailEvent
from handlers import campaign_wiring

logger = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that failed; those that never become readable end in the dead-letter queue."""
    failed: list[str] = []
    events: dict[str, MailEvent] = {}
    for record in event["Records"]:
        try:
            of_campaign = mail_events.of_campaign(mail_events.read(record["body"]))
        except UnreadableEventError as error:
            logger.error("unreadable event", extra={"message": record["messageId"], "reason": str(error)})
            failed.append(record["messageId"])
            continue
        if of_campaign is not None:
            events[record["messageId"]] = of_campaign
    try:
        campaign_wiring.settlement().note(events.values())
    except Exception:
        logger.exception("events not noted", extra={"count": len(events)})
        failed += events
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
