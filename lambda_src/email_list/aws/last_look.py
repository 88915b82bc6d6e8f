"""The last look before a batch is sent: whether its campaign still runs, and its recipients, in one read."""

from collections.abc import Mapping, Sequence
from typing import Any

from email_list.aws.campaign_table import campaign_key, stored_campaign
from email_list.aws.dynamodb import Item, read
from email_list.aws.subscriber_items import person_key, subscriber
from email_list.campaigns.campaign import Campaign
from email_list.people.subscribers import Subscriber


class LastLookTables:
    """The `sending.LastLook` of production, from the tables of records and of subscribers."""

    def __init__(self, records: Any, subscribers: Any) -> None:
        self._records: str = records.name
        self._subscribers: str = subscribers.name
        self._client = records.meta.client

    def at(self, campaign_id: str, emails: Sequence[str]) -> tuple[Campaign | None, Mapping[str, Subscriber]]:
        """The campaign, and those of these people who are on the list with any status, read consistently."""
        # Of several people who were erased from a plan, one name is left.
        people = [person_key(email) for email in dict.fromkeys(emails)]
        wanted = {self._records: [campaign_key(campaign_id)], self._subscribers: people}
        request = {table: {"Keys": keys, "ConsistentRead": True} for table, keys in wanted.items() if keys}
        found: dict[str, list[Item]] = {table: [] for table in wanted}
        for table, item in read(self._client, request):
            found[table].append(item)
        campaigns = [stored_campaign(item) for item in found[self._records]]
        recipients = {person.email: person for person in map(subscriber, found[self._subscribers])}
        return (campaigns[0] if campaigns else None), recipients
