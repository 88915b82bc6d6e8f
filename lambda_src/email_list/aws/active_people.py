"""The subscribers as a campaign sees them: a walk through the active ones, and a last look at a few."""

from collections.abc import Iterable, Mapping
from typing import Any

from email_list.aws.subscriber_table import BY_STATUS, SubscriberTable, subscriber
from email_list.campaigns.audience import WalkPage
from email_list.campaigns.campaign import Position
from email_list.people.subscribers import Status, Subscriber


class ActivePeople:
    """`planning.People` and `sending.People` of production. `table` is a boto3 table; threads may share this."""

    def __init__(self, table: Any) -> None:
        self._name = table.name
        self._client = table.meta.client
        self._subscribers = SubscriberTable(table)

    def walk(self, after: Position | None, cutoff: str) -> WalkPage:
        """Active people who joined no later than `cutoff`, by date and address, beginning after a position.

        A page is as much as DynamoDB reads at once (1 MB, some thousand people).
        """
        start = {}
        if after is not None:
            key = {
                "status": Status.ACTIVE.value,
                "subscribed_date": after.subscribed_date,
                "email": after.email,
            }
            start = {"ExclusiveStartKey": key}
        answer = self._client.query(
            TableName=self._name,
            IndexName=BY_STATUS,
            KeyConditionExpression="#status = :active AND subscribed_date <= :cutoff",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":active": Status.ACTIVE.value, ":cutoff": cutoff},
            **start,
        )
        return WalkPage([subscriber(item) for item in answer["Items"]], "LastEvaluatedKey" in answer)

    def find(self, emails: Iterable[str]) -> Mapping[str, Subscriber]:
        """Those of these people who are on the list in whatever status, read consistently."""
        return {email: subscriber(item) for email, item in self._subscribers.get_many(emails).items()}
