"""An SQS queue that takes work for another function."""

from collections.abc import Sequence

from email_list.aws.clients import client

MESSAGES_AT_ONCE = 10
"""Messages of one SendMessageBatch call (SQS API reference)."""


class Queue:
    """One queue, by its URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, body: str, delay_seconds: int = 0) -> None:
        """Hand over one message, to be seen after the delay. An SDK error means that it was not taken."""
        client("sqs").send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay_seconds)

    def send_all(self, bodies: Sequence[str]) -> None:
        """Hand over messages. RuntimeError when SQS does not take all of them."""
        for start in range(0, len(bodies), MESSAGES_AT_ONCE):
            entries = [
                {"Id": str(number), "MessageBody": body}
                for number, body in enumerate(bodies[start : start + MESSAGES_AT_ONCE])
            ]
            failed = client("sqs").send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed")
            if failed:
                raise RuntimeError(f"SQS refused {len(failed)} messages: {failed[0].get('Code')}")
