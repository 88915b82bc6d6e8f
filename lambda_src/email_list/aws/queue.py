"""SQS queues that take work for other functions."""

import json
import logging
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from email_list.aws.clients import client

MESSAGES_AT_ONCE = 10
"""Messages of one SendMessageBatch call (SQS API reference)."""

MAX_DELAY = 900
"""Seconds (SQS API reference, DelaySeconds)."""

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


logger = logging.getLogger(__name__)


class Queue:
    """One queue, by its URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, body: str, delay_seconds: int = 0) -> None:
        """Queue one message, to be seen after the delay. An SDK error means that it was not accepted."""
        client("sqs").send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay_seconds)

    def try_to_send(self, body: str) -> bool:
        """Queue one message, or log that it was not accepted."""
        try:
            self.send(body)
        except (BotoCoreError, ClientError):
            logger.exception("a message was not queued")
            return False
        return True

    def delay(self, receipt: str, seconds: int) -> None:
        """Let a message that is being processed return after so many seconds."""
        client("sqs").change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

    def send_all(self, bodies: Sequence[str]) -> None:
        """Queue messages. RuntimeError if SQS does not accept all of them."""
        for start in range(0, len(bodies), MESSAGES_AT_ONCE):
            entries = [
                {"Id": str(number), "MessageBody": body}
                for number, body in enumerate(bodies[start : start + MESSAGES_AT_ONCE])
            ]
            failed = client("sqs").send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed")
            if failed:
                raise RuntimeError(f"SQS refused {len(failed)} messages: {failed[0].get('Code')}")

    def delayed(self) -> int:
        """How many messages are not yet to be seen, as far as SQS knows."""
        name = "ApproximateNumberOfMessagesDelayed"
        answer = client("sqs").get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def is_idle(self) -> bool:
        """Whether, as far as SQS knows, no message is waiting, delayed or being processed."""
        answer = client("sqs").get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_COUNTS))
        return not any(int(answer["Attributes"].get(name, 0)) for name in _COUNTS)


class BatchQueue(Queue):
    """The `WorkQueue` of production. A message names a batch and nothing else; the ledger holds the rest."""

    def put(self, campaign_id: str, numbers: Sequence[int]) -> None:
        """Queue batches. RuntimeError if SQS does not accept all of them."""
        self.send_all([body(campaign_id, number) for number in numbers])

    def put_later(self, campaign_id: str, number: int, seconds: float) -> None:
        """Queue one batch that is to be looked at after some time (at most 15 minutes)."""
        self.send(body(campaign_id, number), min(MAX_DELAY, max(0, round(seconds))))

    @staticmethod
    def read(text: str) -> tuple[str, int]:
        """The campaign and batch of a message."""
        message = json.loads(text)
        return message["campaign"], message["batch"]


def body(campaign_id: str, number: int) -> str:
    """The message of one batch."""
    return json.dumps({"campaign": campaign_id, "batch": number})
