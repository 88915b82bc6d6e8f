"""From the queue of batches: send each, several at a time, and return what must be looked at again."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from email_list.invocations import to_come_back
from email_list.private_logs import keep_private
from handlers.wiring import engine, sending

AT_ONCE = 10
"""Batches that one worker has in flight: most of the time it waits for their turns and for SES."""

AFTER_THE_WAIT = 25.0
"""Seconds that a batch needs at most once its turn has come."""

MAX_PATIENCE = 20.0
"""Seconds that a batch waits for its turn before it returns to the queue."""

logger = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(AT_ONCE)


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that failed, which return after the queue's visibility timeout."""
    # Before any thread does: several threads must not create clients at once (boto3 guide, "Multithreading").
    work, _ = sending.sender(), engine.queue()

    def send(record: dict[str, Any]) -> str | None:
        try:
            return _send(record, context)
        except Exception:
            logger.exception("batch failed", extra={"message_id": record["messageId"]})
            return None

    records = event["Records"]
    campaigns = list(_pool.map(send, records))
    for campaign_id in set(filter(None, campaigns)):
        work.finish(campaign_id)
    failed = [record["messageId"] for record, campaign_id in zip(records, campaigns, strict=True) if not campaign_id]
    return to_come_back(failed)


def _send(record: dict[str, Any], context: Any) -> str:
    """Do what one batch needs; returns its campaign."""
    campaign_id, number = engine.read(record["body"])
    left = context.get_remaining_time_in_millis() / 1000 - AFTER_THE_WAIT
    patience = max(0.0, min(MAX_PATIENCE, left))
    again = sending.sender().send(campaign_id, number, patience)
    if again is not None:
        # A new message, because one that returns to the queue by itself counts as failed each time.
        engine.queue().put_later(campaign_id, number, again.seconds)
    return campaign_id
