"""The list that benchmarks make up: adapters meet everybody in it once, and it charges as DynamoDB does."""

from collections.abc import Iterator

import boto3
import pytest

from benchmarks.generated import ITEM_BYTES, PEOPLE, SHARDS, address, counts, joined, number_of, served
from benchmarks.meter import READ
from email_list.aws.everyone import Everyone
from email_list.aws.shards import shard_of
from email_list.aws.subscriber_listing import SubscriberListing
from email_list.aws.subscriber_walk import SubscriberWalk
from email_list.campaigns.campaign import Position
from email_list.people.subscribers import Status

SIZE = 5_000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served(SIZE) as url:
        yield url


@pytest.fixture
def table(url: str) -> object:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    counts(url)
    return boto3.resource("dynamodb", region_name="us-east-1", endpoint_url=url, **keys).Table(PEOPLE)


def test_an_address_says_its_number_and_lies_in_the_shard_that_is_asked_for() -> None:
    for number in (0, 1, 15, 16, 4_711, 9_999_999):
        assert number_of(address(number)) == number
        assert shard_of(address(number), SHARDS) == number % SHARDS


def test_a_walk_meets_everybody_once_in_the_order_in_which_they_joined(table: object) -> None:
    walk, met, more = SubscriberWalk(table), list[str](), True
    position: Position | None = Position(joined(41), address(41))
    while more:
        page = walk.walk(position, joined(SIZE), frozenset())
        met += [person.email for person in page.people]
        position = Position(page.people[-1].subscribed_date, met[-1]) if page.people else position
        more = page.more
    assert met == [address(number) for number in range(42, SIZE)]


def test_a_walk_ends_with_those_who_joined_by_then(table: object) -> None:
    page = SubscriberWalk(table).walk(None, joined(99), frozenset())
    assert [person.email for person in page.people] == [address(number) for number in range(100)]


def test_pages_show_everybody_once_the_newest_first(table: object) -> None:
    listing, met, cursor = SubscriberListing(table), list[str](), None
    while len(met) < SIZE:
        page = listing.page(Status.ACTIVE, 700, cursor)
        met += [person.email for person in page.subscribers]
        cursor = page.cursor
    assert met == [address(number) for number in reversed(range(SIZE))]
    assert cursor is None


def test_a_scan_meets_everybody_once_for_what_the_whole_items_cost(table: object, url: str) -> None:
    everyone, met = Everyone(table), list[str]()
    people, position = everyone.page(None)
    met += [person.email for person in people]
    while position:
        people, position = everyone.page(position)
        met += [person.email for person in people]
    assert met == [address(number) for number in range(SIZE)]
    assert counts(url)[READ] == pytest.approx(SIZE * ITEM_BYTES / 4096, rel=0.01)


def test_counting_an_audience_costs_half_a_unit_for_each_page_of_four_kilobytes(table: object, url: str) -> None:
    found = SubscriberWalk(table).count(lambda person: "News" in person.topics, frozenset(["topics"]), lambda: True)
    assert (found.count, found.exact) == (SIZE / 2, True)
    assert counts(url)[READ] == pytest.approx(SIZE * ITEM_BYTES / 4096 / 2, rel=0.05)
