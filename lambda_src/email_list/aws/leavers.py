"""People who left, from the index by status."""

from collections.abc import Iterator
from typing import Any

from email_list.aws.dynamodb import Items
from email_list.aws.sharded_index import Reader, Reading, by_status
from email_list.aws.shards import of_status
from email_list.people.subscribers import Status

AT_ONCE = 500


class Leavers:
    """The `forgetting.Leavers` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._index = by_status(Items(table))

    def left_before(self, moment: str) -> Iterator[str]:
        """The addresses of people who unsubscribed before a moment, as they were a moment ago.

        Nobody left before joining: the index, which is in the order of joining, is read no further than the moment.
        """
        attributes = ("email", "subscribed_date", "unsubscribed_date")
        how = Reading(at_once=AT_ONCE, until=moment, attributes=attributes)
        reader = Reader(self._index, Status.UNSUBSCRIBED.value, of_status(Status.UNSUBSCRIBED), how)
        while found := reader.page():
            for item in found:
                if item.get("unsubscribed_date", item["subscribed_date"]) < moment:
                    yield item["email"]
