"""An SQS queue that takes work for another function."""

from email_list.aws.clients import client


class Queue:
    """One queue, by its URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, body: str, delay_seconds: int = 0) -> None:
        """Hand over one message, to be seen after the delay. An SDK error means that it was not taken."""
        client("sqs").send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay_seconds)
