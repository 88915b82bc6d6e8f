"""Counts of the rate limits, in the records table under `LIMIT#...`, until DynamoDB deletes what is over."""

from typing import Any


class LimitTable:
    """The `Counters` of production."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def increment(self, key: str, window: int, expires_at: int) -> int:
        """Add one to the count of `key` in this window; the count after it."""
        answer = self._table.update_item(
            Key={"pk": f"LIMIT#{key}", "sk": str(window)},
            UpdateExpression="SET expires_at = :expires_at ADD uses :one",
            ExpressionAttributeValues={":expires_at": expires_at, ":one": 1},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["uses"])
