"""Everybody in the subscribers table, read consistently: it costs the whole table, so only a recount does it."""

from typing import Any

from email_list.aws.dynamodb import Items
from email_list.aws.subscriber_items import record
from email_list.people.subscribers import Record

COUNTED = (
    *("email", "status", "subscribed_date", "unsubscribed_date", "source", "topics"),
    *("history", "consent"),
)
"""What `email_list.figures.growth.standing` looks at."""


class Everyone:
    """The people of `table`, a boto3 DynamoDB table, with what is counted about them."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def page(self, after: str | None) -> tuple[list[Record], str | None]:
        """Some people in no order, and the address after which the next ones come; None at the end."""
        items, last = self._items.scan(COUNTED, after={"email": after} if after else None)
        return [person for item in items if (person := record(item))], last["email"] if last else None
