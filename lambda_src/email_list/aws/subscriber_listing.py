"""The subscribers table read in order: pages of a listing."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from boto3.dynamodb.conditions import Key

from contract import ADDRESS_INDEX
from email_list import cursors, fields
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

MAX_LOOKED_AT = 5000
"""People whom a page of a search looks at one by one: one or two megabytes of the index by status."""

_AT_ONCE = 1000

_OTHER_LISTING = "The cursor belongs to another listing."

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
        position = cursors.decode(cursor, parts=3) if cursor else None
        # One person more than is shown tells whether the listing continues.
        walk = self._walk([status] if status else _LISTING_ORDER, position, limit + 1)
        people = list(islice(walk, limit + 1))
        return Page(people[:limit], _cursor(people[limit - 1]) if len(people) > limit else None)

    def search(self, text: str, limit: int, cursor: str | None) -> Page:
        """One page of the people whose address begins with `text` (two characters or more, lower case), by address;
        then of those who have it further inside their address, or in their name, in the order of a listing.

        No index knows the latter: a page looks at `MAX_LOOKED_AT` people, and may have a cursor although it shows few
        or none.
        """
        position = cursors.decode(cursor, parts=1, or_parts=3) if cursor else []
        if len(position) == 3:
            return self._search_inside(text, limit, position)
        found = self._search_beginnings(text, limit, position)
        room = limit - len(found.subscribers)
        if found.cursor or not room:
            return found if found.cursor else Page(found.subscribers, cursors.encode([found.subscribers[-1].email]))
        rest = self._search_inside(text, room, None)
        return Page([*found.subscribers, *rest.subscribers], rest.cursor)

    def _search_beginnings(self, prefix: str, limit: int, position: Sequence[str]) -> Page:
        start: ItemKey | None = None
        for email in position:
            if not email.startswith(prefix):
                # DynamoDB refuses to continue outside of what is requested.
                raise MalformedError(_OTHER_LISTING, code="invalid_cursor")
            start = {"initials": prefix[:INITIALS], "email": email}
        where = Key("initials").eq(prefix[:INITIALS]) & Key("email").begins_with(prefix)
        items, last = self._items.page(where, index=ADDRESS_INDEX, limit=limit, after=start)
        keys = [person_key(item["email"]) for item in items]
        found = by_address(self._items.get_many(keys))
        people = [subscriber(found[key["email"]]) for key in keys if key["email"] in found]
        return Page(people, cursors.encode([last["email"]]) if last else None)

    def _search_inside(self, text: str, limit: int, position: Sequence[str] | None) -> Page:
        wanted = fields.comparable(text)
        found: list[Subscriber] = []
        for looked_at, person in enumerate(self._walk(_LISTING_ORDER, position, _AT_ONCE), 1):
            inside = wanted in fields.comparable(person.email) or wanted in fields.comparable(person.name)
            if inside and not person.email.startswith(text):
                found.append(person)
            if len(found) == limit or looked_at == MAX_LOOKED_AT:
                return Page(found, _cursor(person))
        return Page(found, None)

    def _walk(self, statuses: Sequence[Status], position: Sequence[str] | None, at_once: int) -> Iterator[Subscriber]:
        """The people with these statuses from a cursor's position on, read about so many at once."""
        after: Place | None = None
        if position:
            begun, date, email = position
            if begun not in statuses:
                raise MalformedError(_OTHER_LISTING, code="invalid_cursor")
            after, statuses = Place(date, email), statuses[statuses.index(Status(begun)) :]
        for status in statuses:
            shards = of_status(status)
            how = Reading(after=after, at_once=_share(at_once, shards), backwards=True, attributes=SHOWN)
            reader = Reader(self._by_status, status.value, shards, how)
            while found := reader.page():
                yield from map(subscriber, found)
            after = None

    def count(self, status: Status | None) -> int:
        """How many people have this status; reads that part of the index."""
        statuses = [status] if status else _LISTING_ORDER
        return sum(self._by_status.count(current.value, of_status(current)) for current in statuses)


def _cursor(person: Subscriber) -> str:
    return cursors.encode([person.status, person.subscribed_date, person.email])


def _share(people: int, shards: int) -> int:
    """How many people to read of each shard at once, so that once is usually enough."""
    even = people / shards
    return min(people, round(even + 2 * even**0.5) + 2)
