"""The SQS queue of batches to send. A message names a batch and no more; the ledger holds the rest."""

import json
from collections.abc import Sequence
from typing import Any

MESSAGES_AT_ONCE = 10
"""Messages of one SendMessageBatch call (SQS API reference)."""

MAX_DELAY = 900
"""Seconds (SQS API reference, DelaySeconds)."""

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


class BatchQueue:
    """The `WorkQueue` of production. `client` is a boto3 SQS client."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, campaign_id: str, numbers: Sequence[int]) -> None:
        """Hand over batches. RuntimeError when SQS does not take all of them."""
        for start in range(0, len(numbers), MESSAGES_AT_ONCE):
            entries = [
                {"Id": str(number), "MessageBody": body(campaign_id, number)}
                for number in numbers[start : start + MESSAGES_AT_ONCE]
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if failed := answer.get("Failed"):
                raise RuntimeError(f"SQS refused {len(failed)} messages: {failed[0].get('Code')}")

    def put_later(self, campaign_id: str, number: int, seconds: float) -> None:
        """Hand over one batch that is to be looked at after some time (at most 15 minutes)."""
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=body(campaign_id, number),
            DelaySeconds=min(MAX_DELAY, max(0, round(seconds))),
        )

    def is_idle(self) -> bool:
        """Whether, as far as SQS knows, no message is waiting, delayed or being worked on."""
        answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_COUNTS))
        return not any(int(answer["Attributes"].get(name, 0)) for name in _COUNTS)


def body(campaign_id: str, number: int) -> str:
    """The message of one batch."""
    return json.dumps({"campaign": campaign_id, "batch": number})


def read_body(text: str) -> tuple[str, int]:
    """The campaign and batch of a message."""
    message = json.loads(text)
    return message["campaign"], message["batch"]
