"""How far the warm-up of the sender's domain has come: the row `WARMUP`, `DAY` of the records table."""

from typing import Any

from boto3.dynamodb.conditions import Attr

from email_list.aws.dynamodb import ABSENT, Items, record_key
from email_list.campaigns.warm_up import Used

_KEY = record_key("WARMUP", "DAY")


class WarmUpTable:
    """The `warm_up.WarmUpStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def used(self) -> Used:
        item = self._items.get(_KEY)
        return Used(item["day"], int(item["step"]), int(item["taken"])) if item else Used()

    def use(self, before: Used, after: Used) -> bool:
        """Replace it; False if it has changed since `before`."""
        same = Attr("day").eq(before.day) & Attr("step").eq(before.step) & Attr("taken").eq(before.taken)
        return self._items.put({**_KEY, **vars(after)}, same if before.day else ABSENT)
