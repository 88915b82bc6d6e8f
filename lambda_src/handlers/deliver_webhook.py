"""From the queue of webhooks: send one event to the receiver, or let it come back after a pause that grows."""

import json
import logging
import os
import time
from collections.abc import Sequence
from functools import cache
from http.client import HTTPException
from typing import Any

from email_list.aws.clients import client, read_secret
from email_list.private_logs import keep_private
from email_list.webhooks import webhooks
from email_list.webhooks.guarded_post import ForbiddenAddressError, post

logger = logging.getLogger(__name__)


@cache
def _keys() -> Sequence[bytes]:
    return webhooks.keys(read_secret(os.environ["WEBHOOK_SECRETS_PARAMETER"]))


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that failed, which come back after their pause."""
    failed = [record["messageId"] for record in event["Records"] if not _deliver(record)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _deliver(record: dict[str, Any]) -> bool:
    body = record["body"]
    event_id = json.loads(body)["id"]
    obstacle = _send(event_id, body)
    if not obstacle:
        return True
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    pause = webhooks.pause(attempt)
    details = {"webhook": event_id, "attempt": attempt, "obstacle": obstacle, "pause": pause}
    logger.warning("webhook not delivered", extra=details)
    client("sqs").change_message_visibility(
        QueueUrl=os.environ["WEBHOOKS_QUEUE"], ReceiptHandle=record["receiptHandle"], VisibilityTimeout=pause
    )
    return False


def _send(event_id: str, body: str) -> str:
    """Send an event; what stood in the way, or nothing."""
    headers = webhooks.headers(_keys(), event_id, int(time.time()), body)
    private = os.environ.get("WEBHOOK_MAY_BE_PRIVATE") == "true"
    try:
        status = post(os.environ["WEBHOOK_URL"], body.encode(), headers, private=private)
    except (OSError, HTTPException, ForbiddenAddressError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if 200 <= status < 300 else f"status {status}"
