"""Everybody in the subscribers table, read consistently: it costs the whole table, so only a recount does it."""

from collections.abc import Iterator
from typing import Any

from email_list.aws.dynamodb import Items
from email_list.aws.subscriber_items import record
from email_list.people.subscribers import Record

COUNTED = (
    *("email", "status", "subscribed_date", "unsubscribed_date", "source", "topics"),
    *("history", "requested", "consent"),
)
"""What `email_list.figures.growth.standing` looks at."""


def everyone(table: Any) -> Iterator[Record]:
    """The people of `table`, a boto3 DynamoDB table, in no order, with what is counted about them."""
    return (person for item in Items(table).scan(COUNTED) if (person := record(item)))
