"""Everybody in the subscribers table, read consistently: it costs the whole table, so that only a recount does it."""

from collections.abc import Iterator
from typing import Any

COUNTED = ("email", "status", "subscribed_date", "unsubscribed_date", "source", "history", "requested", "consent")
"""What `email_list.figures.growth.standing` looks at."""


def all_people(table: Any) -> Iterator[dict[str, Any]]:
    """The items of `table`, a boto3 DynamoDB table, in no order, with the attributes that are counted."""
    names = {f"#{name}": name for name in COUNTED}
    start: dict[str, Any] = {}
    while True:
        answer = table.scan(
            ConsistentRead=True,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
            **start,
        )
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
