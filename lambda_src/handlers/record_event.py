"""From the queue of SES events: note what became of mails, clean the list, and stop campaigns that do harm.

A message that is no event, or of no known kind, goes to the dead-letter queue at once, with the reason as its attribute
`reason`: trying it again would not help. An event that cannot be noted comes back, and does not keep the others.
"""

import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.clients import client, dynamodb_table
from email_list.aws.feedback_table import FeedbackTable
from email_list.campaigns.settlement import Settlement
from email_list.campaigns.watching import Limits, Watch
from email_list.events import mail_events
from email_list.events.cleaning import Cleaner
from email_list.events.intake import Intake
from email_list.events.mail_events import Event, UnreadableEventError
from email_list.events.recording import Recorder
from email_list.metrics import Metrics
from email_list.private_logs import keep_private
from handlers.shared.time_left import has_time

logger = logging.getLogger(__name__)


@cache
def _intake() -> Intake:
    table = dynamodb_table(os.environ["RECORDS_TABLE"])
    campaigns, feedback = CampaignTable(table), FeedbackTable(table)
    people = CleaningTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))
    soft_bounces = os.environ.get("SOFT_BOUNCES_IN_A_ROW")
    return Intake(
        Settlement(campaigns),
        Recorder(feedback),
        Cleaner(people, int(soft_bounces) if soft_bounces else None),
        Watch(campaigns, feedback, Limits.from_environment(os.environ), Metrics(os.environ["STACK"])),
    )


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that are to come back."""
    failed: list[str] = []
    events: dict[str, Event] = {}
    for record in event["Records"]:
        try:
            read = mail_events.read(record["body"])
        except UnreadableEventError as error:
            if not _put_aside(record, str(error)):
                failed.append(record["messageId"])
            continue
        if read is not None:
            events[record["messageId"]] = read
    failed += _take(events, context)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _take(events: Mapping[str, Event], context: Any) -> list[str]:
    """Take events in; the messages of those that failed. What fails among others is tried without them."""
    if not events:
        return []
    try:
        _intake().take(list(events.values()))
    except Exception:
        if len(events) == 1 or not has_time(context)():
            logger.exception("events not noted", extra={"count": len(events)})
            return list(events)
        messages = list(events)
        halves = messages[: len(messages) // 2], messages[len(messages) // 2 :]
        return [failed for half in halves for failed in _take({name: events[name] for name in half}, context)]
    return []


def _put_aside(record: Mapping[str, Any], reason: str) -> bool:
    """Move a message that cannot be read to the dead-letter queue; False when that failed."""
    logger.error("unreadable event", extra={"message_id": record["messageId"], "reason": reason})
    attribute = {"DataType": "String", "StringValue": reason}
    try:
        client("sqs").send_message(
            QueueUrl=os.environ["DEAD_LETTERS"], MessageBody=record["body"], MessageAttributes={"reason": attribute}
        )
    except Exception:
        logger.exception("unreadable event not put aside", extra={"message_id": record["messageId"]})
        return False
    return True
