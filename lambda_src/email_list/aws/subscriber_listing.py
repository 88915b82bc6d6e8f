"""The subscribers table read in order: pages of a listing."""

from typing import Any

from boto3.dynamodb.conditions import Key

from contract import ADDRESS_INDEX
from email_list import cursors
from email_list.aws.dynamodb import Items
from email_list.aws.dynamodb import Key as ItemKey
from email_list.aws.sharded_index import Place, Reader, Reading, by_status
from email_list.aws.shards import of_status
from email_list.aws.subscriber_items import (
    INITIALS,
    SHOWN,
    by_address,
    person_key,
    subscriber,
)
from email_list.errors import MalformedError
from email_list.people.subscribers import Page, Status, Subscriber

_LISTING_ORDER = [Status.ACTIVE, Status.PENDING, Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED]


class SubscriberListing:
    """Many people in an order. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)
        self._by_status = by_status(self._items)

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page:
        """One page, newest first. Without a status, the statuses follow one another, active people first.

        A page costs what it shows: it reads the index by status from the cursor on, never the table.
        """
        statuses = [status] if status else _LISTING_ORDER
        after: Place | None = None
        if cursor:
            begun, date, email = cursors.decode(cursor, parts=3)
            if begun not in statuses:
                raise MalformedError("The cursor belongs to another listing.", code="invalid_cursor")
            after, statuses = Place(date, email), statuses[statuses.index(Status(begun)) :]
        people: list[Subscriber] = []
        for current in statuses:
            # One person more than is shown tells whether the listing continues.
            shards = of_status(current)
            at_once = _share(limit + 1, shards)
            how = Reading(after=after, at_once=at_once, backwards=True, attributes=SHOWN)
            reader = Reader(self._by_status, current.value, shards, how)
            while len(people) <= limit and (found := reader.page()):
                people += [subscriber(item) for item in found]
            if len(people) > limit:
                last = people[limit - 1]
                return Page(people[:limit], cursors.encode([last.status, last.subscribed_date, last.email]))
            after = None
        return Page(people, None)

    def search(self, prefix: str, limit: int, cursor: str | None) -> Page:
        """One page of the people whose address begins with `prefix` (two characters or more), by address."""
        start: ItemKey | None = None
        if cursor:
            (email,) = cursors.decode(cursor, parts=1)
            if not email.startswith(prefix):
                # DynamoDB refuses to continue outside of what is requested.
                raise MalformedError("The cursor belongs to another listing.", code="invalid_cursor")
            start = {"initials": prefix[:INITIALS], "email": email}
        where = Key("initials").eq(prefix[:INITIALS]) & Key("email").begins_with(prefix)
        items, last = self._items.page(where, index=ADDRESS_INDEX, limit=limit, after=start)
        keys = [person_key(item["email"]) for item in items]
        found = by_address(self._items.get_many(keys))
        people = [subscriber(found[key["email"]]) for key in keys if key["email"] in found]
        return Page(people, cursors.encode([last["email"]]) if last else None)

    def count(self, status: Status | None) -> int:
        """How many people have this status; reads that part of the index."""
        statuses = [status] if status else _LISTING_ORDER
        return sum(self._by_status.count(current.value, of_status(current)) for current in statuses)


def _share(people: int, shards: int) -> int:
    """How many people to read of each shard at once, so that once is usually enough."""
    even = people / shards
    return min(people, round(even + 2 * even**0.5) + 2)
