"""The walk of a campaign through the active subscribers, and how many of them a filter chooses."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from boto3.dynamodb.conditions import Key

from email_list.aws.dynamodb import Items, pages
from email_list.aws.sharded_index import Place, Reader, Reading, by_status
from email_list.aws.shards import of_status, partition
from email_list.aws.subscriber_items import person_key, subscriber
from email_list.campaigns.audience import WalkPage
from email_list.campaigns.campaign import Position
from email_list.clock import iso, utc_now
from email_list.people.filters import Test
from email_list.people.segments import SAMPLE, Found
from email_list.people.subscribers import Status, Subscriber

AT_ONCE = 1000
"""People read of a shard at once; those of all shards are in memory together."""

WALKED = ("email", "status", "subscribed_date")
"""What is read of everybody; no more than a campaign's audience asks for, since reading a person costs most of a walk's
time."""

_PARALLEL_CALLS = 4


class SubscriberWalk:
    """The `People` of `planning` and of `segments` in production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)
        self._index = by_status(self._items)
        self._last: tuple[Position, str, frozenset[str], Reader] | None = None

    def walk(self, after: Position | None, cutoff: str, reads: frozenset[str]) -> WalkPage:
        """Active people who joined no later than `cutoff`, in the order of the index, beginning after a position.

        Continuing where the last page ended uses what was already read ahead.
        """
        if self._last and self._last[:3] == (after, cutoff, reads):
            reader = self._last[3]
        else:
            place = Place(after.subscribed_date, after.email) if after else None
            how = Reading(after=place, until=cutoff, at_once=AT_ONCE, attributes=_attributes(reads))
            reader = Reader(self._index, Status.ACTIVE.value, of_status(Status.ACTIVE), how)
        people = [subscriber(item) for item in reader.page()]
        if people:
            self._last = Position(people[-1].subscribed_date, people[-1].email), cutoff, reads, reader
        return WalkPage(people, reader.more)

    def first(self, reads: frozenset[str], most: int) -> tuple[list[Subscriber], bool]:
        """The first active people to have joined, and whether these are all."""
        people: list[Subscriber] = []
        more = True
        while more and len(people) < most:
            after = Position(people[-1].subscribed_date, people[-1].email) if people else None
            page = self.walk(after, iso(utc_now()), reads)
            people += page.people
            more = page.more
        return people[:most], not more and len(people) <= most

    def count(self, test: Test, reads: frozenset[str], has_time: Callable[[], bool]) -> Found:
        """The active people a test holds for, which reads these attributes of them; a few of them are read whole."""
        attributes = _attributes(reads)
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            counted = list(
                threads.map(
                    lambda shard: self._count(shard, test, attributes, has_time), range(of_status(Status.ACTIVE))
                )
            )
        some = [email for _, emails, _ in counted for email in emails][:SAMPLE]
        whole = {item["email"]: subscriber(item) for item in self._items.get_many(map(person_key, some))}
        sample = [whole[email] for email in some if email in whole]
        return Found(sum(count for count, _, _ in counted), all(exact for _, _, exact in counted), sample)

    def _count(
        self, shard: int, test: Test, attributes: Sequence[str], has_time: Callable[[], bool]
    ) -> tuple[int, list[str], bool]:
        """How many of a shard there are, the addresses of some, and whether there was time to look at all of it."""
        where = Key(self._index.partition).eq(partition(Status.ACTIVE.value, shard))
        request = self._items.request(where, index=self._index.index, attributes=attributes)
        count, some = 0, []
        for answer in pages(self._items.client.query, request):
            found = [person.email for person in map(subscriber, answer["Items"]) if test(person)]
            count += len(found)
            some += found[: SAMPLE - len(some)]
            if "LastEvaluatedKey" in answer and not has_time():
                return count, some, False
        return count, some, True


def _attributes(reads: frozenset[str]) -> list[str]:
    return sorted({*WALKED, *reads})
