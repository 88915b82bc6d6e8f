"""The subscribers table read in order: pages of a listing, and the walk of a campaign."""

from typing import Any

from boto3.dynamodb.conditions import Key

from contract import ADDRESS_INDEX, STATUS_INDEX
from email_list import cursors
from email_list.aws.dynamodb import Items
from email_list.aws.dynamodb import Key as ItemKey
from email_list.aws.subscriber_items import (
    INITIALS,
    by_address,
    person_key,
    subscriber,
)
from email_list.campaigns.audience import WalkPage
from email_list.campaigns.campaign import Position
from email_list.errors import MalformedError
from email_list.people.subscribers import Page, Status, Subscriber

_LISTING_ORDER = [Status.ACTIVE, Status.PENDING, Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED]


class SubscriberListing:
    """Many people in an order. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page:
        """One page, newest first. Without a status the statuses follow one another, active people first.

        A page costs what it shows: it reads the index by status from where the cursor stands, never the table.
        """
        statuses = [status] if status else _LISTING_ORDER
        start: ItemKey | None = None
        if cursor:
            start = _status_key(cursor, statuses)
            statuses = statuses[statuses.index(Status(start["status"])) :]
        people: list[Subscriber] = []
        for current in statuses:
            while True:
                # One person more than is shown tells whether the listing goes on.
                wanted = limit + 1 - len(people)
                items, start = self._items.page(
                    _has(current), index=STATUS_INDEX, backwards=True, limit=wanted, after=start
                )
                people += [subscriber(item) for item in items]
                if len(people) > limit:
                    last = people[limit - 1]
                    return Page(people[:limit], cursors.encode([last.status, last.subscribed_date, last.email]))
                if start is None:
                    break
        return Page(people, None)

    def search(self, prefix: str, limit: int, cursor: str | None) -> Page:
        """One page of the people whose address begins with `prefix` (two characters or more), by address."""
        start: ItemKey | None = None
        if cursor:
            (email,) = cursors.decode(cursor, parts=1)
            if not email.startswith(prefix):
                # DynamoDB refuses to continue outside of what is asked for.
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
        return sum(
            self._items.count(_has(current), STATUS_INDEX) for current in ([status] if status else _LISTING_ORDER)
        )

    def walk(self, after: Position | None, cutoff: str) -> WalkPage:
        """Active people who joined no later than `cutoff`, by date and address, beginning after a position.

        A page is as much as DynamoDB reads at once (1 MB, some thousand people).
        """
        start = None
        if after is not None:
            start = {"status": Status.ACTIVE.value, "subscribed_date": after.subscribed_date, "email": after.email}
        where = _has(Status.ACTIVE) & Key("subscribed_date").lte(cutoff)
        items, last = self._items.page(where, index=STATUS_INDEX, after=start)
        return WalkPage([subscriber(item) for item in items], more=last is not None)


def _has(status: Status) -> Any:
    return Key("status").eq(status.value)


def _status_key(cursor: str, statuses: list[Status]) -> ItemKey:
    status, date, email = cursors.decode(cursor, parts=3)
    if status not in statuses:
        raise MalformedError("The cursor belongs to another listing.", code="invalid_cursor")
    return {"status": status, "subscribed_date": date, "email": email}
