"""The last look before a batch is sent: whether its campaign still runs, and its recipients, in one read."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from email_list.aws.campaign_table import campaign_key, stored_campaign
from email_list.aws.dynamodb import Item, Key
from email_list.aws.subscriber_items import person_key, subscriber
from email_list.campaigns.campaign import Campaign
from email_list.people.subscribers import Subscriber

_PAUSE_SECONDS = 0.2


class LastLookTables:
    """The `sending.LastLook` of production, from the tables of records and of subscribers."""

    def __init__(self, records: Any, subscribers: Any) -> None:
        self._records: str = records.name
        self._subscribers: str = subscribers.name
        self._client = records.meta.client

    def at(self, campaign_id: str, emails: Sequence[str]) -> tuple[Campaign | None, Mapping[str, Subscriber]]:
        """The campaign, and those of these people who are on the list with any status, read consistently."""
        people = [person_key(email) for email in emails]
        found = self._read({self._records: [campaign_key(campaign_id)], self._subscribers: people})
        campaigns = [stored_campaign(item) for item in found[self._records]]
        recipients = {person.email: person for person in map(subscriber, found[self._subscribers])}
        return (campaigns[0] if campaigns else None), recipients

    def _read(self, wanted: Mapping[str, Sequence[Key]]) -> Mapping[str, list[Item]]:
        """Up to 100 items of both tables, by table."""
        found: dict[str, list[Item]] = {name: [] for name in wanted}
        requests = {name: {"Keys": keys, "ConsistentRead": True} for name, keys in wanted.items() if keys}
        while requests:
            answer = self._client.batch_get_item(RequestItems=requests)
            for name, items in answer["Responses"].items():
                found[name] += items
            requests = answer.get("UnprocessedKeys", {})
            if requests:
                time.sleep(_PAUSE_SECONDS)
        return found
