"""Subscribers in DynamoDB: the table and its index by status."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from email_list import cursors
from email_list.errors import MalformedError
from email_list.subscribers import SUPPRESSED, Page, Status, Subscriber

INDEX = "by_status"
_ORDER = [Status.ACTIVE, Status.PENDING, Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED]


class SubscriberTable:
    """The `SubscriberStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, subscriber: Subscriber) -> bool:
        """Store a new or returning person; False when the address is active or suppressed already."""
        blocked = [Status.ACTIVE.value, *(status.value for status in SUPPRESSED)]
        free = Attr("email").not_exists() | ~Attr("status").is_in(blocked)
        try:
            self._table.put_item(Item=subscriber.to_json(), ConditionExpression=free)
        except ClientError as error:
            if refused_by_condition(error):
                return False
            raise
        return True

    def unsubscribe(self, email: str, at: str) -> None:
        """Make the person `unsubscribed`; nothing happens to someone who is not there or has left."""
        present = Attr("status").is_in([Status.ACTIVE.value, Status.PENDING.value])
        try:
            self._table.update_item(
                Key={"email": email},
                UpdateExpression="SET #status = :unsubscribed, unsubscribed_date = :at REMOVE expires_at",
                ConditionExpression=present,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":unsubscribed": Status.UNSUBSCRIBED.value, ":at": at},
            )
        except ClientError as error:
            if not refused_by_condition(error):
                raise

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page:
        """One page, newest first. Without a status the statuses follow one another, active people first.

        A page costs what it shows: it reads the index by status from where the cursor stands, never the table.
        """
        statuses = [status] if status else _ORDER
        start: dict[str, str] | None = None
        if cursor:
            start = _start_key(cursor, statuses)
            statuses = statuses[statuses.index(Status(start["status"])) :]
        people: list[Subscriber] = []
        for current in statuses:
            while True:
                answer = self._query(current, limit - len(people), start)
                people += [subscriber(item) for item in answer["Items"]]
                start = answer.get("LastEvaluatedKey")
                if len(people) == limit:
                    return Page(people, self._next_cursor(statuses, current, people[-1], start))
                if start is None:
                    break
        return Page(people, None)

    def count(self, status: Status | None) -> int:
        """How many people have this status; reads that part of the index."""
        total = 0
        for current in [status] if status else _ORDER:
            start: dict[str, str] | None = {}
            while start is not None:
                condition = {"KeyConditionExpression": Key("status").eq(current.value), "Select": "COUNT"}
                answer = self._table.query(IndexName=INDEX, **condition, **_from(start))
                total += answer["Count"]
                start = answer.get("LastEvaluatedKey")
        return total

    def _query(self, status: Status, limit: int, start: Mapping[str, str] | None) -> Any:
        return self._table.query(
            IndexName=INDEX,
            KeyConditionExpression=Key("status").eq(status.value),
            ScanIndexForward=False,
            Limit=limit,
            **_from(start),
        )

    def _next_cursor(
        self, statuses: list[Status], current: Status, last: Subscriber, more: Mapping[str, str] | None
    ) -> str | None:
        """A full page has a cursor only when something follows it, so that no listing ends in an empty page."""
        following = statuses[statuses.index(current) + 1 :]
        if (more and self._query(current, 1, more)["Items"]) or any(
            self._query(status, 1, None)["Items"] for status in following
        ):
            return cursors.encode([current.value, last.subscribed_date, last.email])
        return None


def _from(start: Mapping[str, str] | None) -> dict[str, Any]:
    return {"ExclusiveStartKey": start} if start else {}


def _start_key(cursor: str, statuses: list[Status]) -> dict[str, str]:
    status, date, email = cursors.decode(cursor, parts=3)
    if status not in statuses:
        raise MalformedError("The cursor belongs to another listing.", code="invalid_cursor")
    return {"status": status, "subscribed_date": date, "email": email}


def subscriber(item: Mapping[str, Any]) -> Subscriber:
    """The subscriber that a stored item describes."""
    return Subscriber(
        email=item["email"],
        status=Status(item["status"]),
        subscribed_date=item["subscribed_date"],
        name=item.get("name", ""),
        topics=tuple(item.get("topics", ())),
        attributes=item.get("attributes", {}),
    )


def refused_by_condition(error: ClientError) -> bool:
    """Whether DynamoDB refused the write because its condition did not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
