"""Who was sent which report, in the records table under `REPORT#<day>`, so that a second attempt sends the rest."""

from datetime import date, timedelta
from typing import Any

from email_list.aws.dynamodb import Items, record_key
from email_list.clock import Clock, utc_now

KEPT = timedelta(days=30)


class ReportTable:
    """`table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._items = Items(table, clock)

    def was_sent(self, day: date, email: str) -> bool:
        """Whether this day's report went to this address."""
        return self._items.get(_key(day, email)) is not None

    def sent(self, day: date, email: str) -> None:
        """Record that this day's report went to this address."""
        self._items.put({**_key(day, email), "expires_at": self._items.expiry(KEPT)})


def _key(day: date, email: str) -> dict[str, str]:
    return record_key(f"REPORT#{day.isoformat()}", email)
