"""From the lake's own queue of SES events: rows without addresses for the event lake."""

import logging
import os
from functools import cache
from typing import Any

from email_list.aws.clients import client
from email_list.aws.firehose import Firehose
from email_list.events import mail_events
from email_list.events.mail_events import UnreadableEventError
from email_list.figures import lake
from email_list.private_logs import keep_private
from handlers.shared import wiring

logger = logging.getLogger(__name__)


@cache
def _stream() -> Firehose:
    return Firehose(client("firehose"), os.environ["EVENTS_STREAM"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that no event could be read from; they end in the dead-letter queue."""
    unreadable, rows = [], []
    for record in event["Records"]:
        try:
            read = mail_events.read(record["body"])
        except UnreadableEventError as error:
            logger.warning("unreadable event", extra={"message_id": record["messageId"], "reason": str(error)})
            unreadable.append(record["messageId"])
            continue
        if read is not None:
            rows += lake.event_rows(read, wiring.fingerprints().of)
    _stream().put(rows)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in unreadable]}
