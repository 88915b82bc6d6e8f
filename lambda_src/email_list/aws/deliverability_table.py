"""The result of the daily check of deliverability, in the records table: one row, `DELIVERABILITY`, `CHECKED`."""

from dataclasses import asdict
from typing import Any

from email_list.aws.dynamodb import Items, record_key
from email_list.deliverability.memory import Remembered

_KEY = record_key("DELIVERABILITY", "CHECKED")


class DeliverabilityTable:
    """The `memory.Memory` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def latest(self) -> Remembered:
        item = self._items.get(_KEY) or {}
        return Remembered(**{name: value for name, value in item.items() if name not in _KEY})

    def keep(self, remembered: Remembered) -> None:
        self._items.put({**_KEY, **asdict(remembered)})
