"""A campaign's walk through the active subscribers, and how many of them it would be for."""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from email_list.aws.dynamodb import Items
from email_list.aws.sharded_index import Place, Reader, Reading, by_status
from email_list.aws.shards import of_status
from email_list.aws.subscriber_items import subscriber
from email_list.campaigns.audience import Audience, WalkPage
from email_list.campaigns.campaign import Position
from email_list.people.subscribers import Status

AT_ONCE = 1000
"""People read of a shard at once; those of all shards are in memory together."""

WALKED = ("email", "status", "subscribed_date", "topics", "attributes")
"""What decides whether a campaign is for somebody; nothing else, because reading a person costs most of a walk's
time."""


class SubscriberWalk:
    """The `planning.People` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._index = by_status(Items(table))
        self._last: tuple[Position, str, Reader] | None = None

    def walk(self, after: Position | None, cutoff: str) -> WalkPage:
        """Active people who joined no later than `cutoff`, in the order of the index, beginning after a position.

        Continuing where the last page ended uses what was already read ahead.
        """
        if self._last and self._last[:2] == (after, cutoff):
            reader = self._last[2]
        else:
            place = Place(after.subscribed_date, after.email) if after else None
            how = Reading(after=place, until=cutoff, at_once=AT_ONCE, attributes=WALKED)
            reader = Reader(self._index, Status.ACTIVE.value, of_status(Status.ACTIVE), how)
        people = [subscriber(item) for item in reader.page()]
        if people:
            self._last = Position(people[-1].subscribed_date, people[-1].email), cutoff, reader
        return WalkPage(people, reader.more)

    def count(self, audience: Audience, has_time: Callable[[], bool]) -> tuple[int, bool]:
        """How many active people are in an audience, and whether there was time to look at all of them.

        DynamoDB looks at them: nobody is read.
        """
        shards = of_status(Status.ACTIVE)
        return self._index.count(Status.ACTIVE.value, shards, only=_includes(audience), has_time=has_time)


def _includes(audience: Audience) -> ConditionBase | None:
    """`Audience.includes` as a condition; None for an audience of everybody."""
    topics = [Attr("topics").contains(topic) for topic in audience.topics]
    conditions = [Attr(f"attributes.{name}").eq(value) for name, value in audience.attributes.items()]
    if topics:
        conditions.append(reduce(or_, topics))
    return reduce(and_, conditions) if conditions else None
