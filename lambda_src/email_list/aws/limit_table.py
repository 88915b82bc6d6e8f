"""The counts of rate limits, in the records table under `LIMIT#...`, until DynamoDB deletes those that have expired."""

from typing import Any

from email_list.aws.dynamodb import Items, Update, record_key


class LimitTable:
    """The `Counters` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def increment(self, key: str, window: int, expires_at: int) -> int:
        """Add one to the count of `key` in this window; returns the new count."""
        place = record_key(f"LIMIT#{key}", str(window))
        item = self._items.update(Update(place, set={"expires_at": expires_at}, add={"uses": 1}))
        return int(item["uses"]) if item else 0
