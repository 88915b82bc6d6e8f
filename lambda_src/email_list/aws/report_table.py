"""Who was sent which report, in the records table under `REPORT#<day>`, so that a second attempt sends the rest."""

from datetime import date, timedelta
from typing import Any

from email_list.clock import Clock, utc_now

KEPT = timedelta(days=30)


class ReportTable:
    """`table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._table = table
        self._clock = clock

    def was_sent(self, day: date, email: str) -> bool:
        """Whether this day's report went to this address."""
        return "Item" in self._table.get_item(Key=_key(day, email), ConsistentRead=True)

    def sent(self, day: date, email: str) -> None:
        """This day's report went to this address."""
        self._table.put_item(Item={**_key(day, email), "expires_at": int((self._clock() + KEPT).timestamp())})


def _key(day: date, email: str) -> dict[str, str]:
    return {"pk": f"REPORT#{day.isoformat()}", "sk": email}
