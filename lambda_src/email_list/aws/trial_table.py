"""Letters that were sent as a test, in the records table, by their content."""

from datetime import timedelta
from typing import Any

from email_list.aws.dynamodb import Items, record_key

PARTITION = "TRIALS"
KEPT = timedelta(days=30)


class TrialTable:
    """The `Trials` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def note(self, fingerprint: str) -> None:
        self._items.put({**record_key(PARTITION, fingerprint), "expires_at": self._items.expiry(KEPT)})

    def has(self, fingerprint: str) -> bool:
        return self._items.get(record_key(PARTITION, fingerprint)) is not None
