"""From the queue of webhooks: send one event to the receiver, or let it return after a growing pause."""

from typing import Any

from contract import Env
from email_list.invocations import to_come_back
from email_list.private_logs import keep_private
from handlers.wiring import queues, webhooks


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the messages that failed, which return after their pause."""
    return to_come_back(record["messageId"] for record in event["Records"] if not _deliver(record))


def _deliver(record: dict[str, Any]) -> bool:
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    pause = webhooks.delivery().deliver(record["body"], attempt)
    if pause is None:
        return True
    queues.to(Env.WEBHOOKS_QUEUE).delay(record["receiptHandle"], pause)
    return False
