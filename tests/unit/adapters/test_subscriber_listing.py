"""People in order, as moto emulates DynamoDB: the index by status has many partitions, and nobody can tell."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from email_list.aws.shards import ACTIVE, STATUS_SHARD, shard_of, with_status
from email_list.aws.subscriber_listing import SubscriberListing
from email_list.aws.subscriber_table import SubscriberTable
from email_list.aws.subscriber_walk import SubscriberWalk
from email_list.campaigns import choosing
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Position
from email_list.people.segments import SAMPLE
from email_list.people.subscribers import Status, Subscriber
from tests.unit.domain.campaign_world import people


@pytest.fixture(scope="module")
def table() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        keys = {"email": "HASH"}, {STATUS_SHARD: "HASH", "subscribed_date": "RANGE"}
        schemas = [[{"AttributeName": name, "KeyType": kind} for name, kind in key.items()] for key in keys]
        yield boto3.resource("dynamodb").create_table(
            TableName="subscribers",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=schemas[0],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("email", STATUS_SHARD, "subscribed_date")
            ],
            GlobalSecondaryIndexes=[
                {"IndexName": "by_status", "KeySchema": schemas[1], "Projection": {"ProjectionType": "ALL"}}
            ],
        )


@pytest.fixture
def subscribers(table: Any) -> Any:
    return emptied(table)


def emptied(table: Any) -> Any:
    for item in table.scan()["Items"]:
        table.delete_item(Key={"email": item["email"]})
    return table


def store(table: Any, listed: Sequence[Subscriber]) -> None:
    with table.batch_writer() as batch:
        for person in listed:
            batch.put_item(Item={**person.to_json(), **with_status(person.email, person.status)})


def test_the_walk_meets_active_people_in_order_up_to_the_cut_off(subscribers: Any) -> None:
    listed = people(10)
    store(subscribers, [*listed[:3], replace(listed[3], status=Status.UNSUBSCRIBED), *listed[4:]])
    walk = SubscriberWalk(subscribers)
    cutoff = listed[7].subscribed_date
    page = walk.walk(None, cutoff, NOTHING)
    assert [person.email for person in page.people] == [listed[n].email for n in (0, 1, 2, 4, 5, 6, 7)]
    assert not page.more
    position = Position(listed[5].subscribed_date, listed[5].email)
    assert [person.email for person in walk.walk(position, cutoff, NOTHING).people] == [
        listed[6].email,
        listed[7].email,
    ]


def test_the_last_look_finds_people_in_whatever_status(subscribers: Any) -> None:
    listed = people(2)
    store(subscribers, [replace(listed[0], status=Status.BOUNCED)])
    found = SubscriberTable(subscribers).find([person.email for person in listed])
    assert {email: person.status.value for email, person in found.items()} == {listed[0].email: "bounced"}


def test_people_with_one_status_are_spread_over_all_partitions(subscribers: Any) -> None:
    store(subscribers, people(300))
    partitions = {item[STATUS_SHARD] for item in subscribers.scan()["Items"]}
    assert len(partitions) == ACTIVE


def walk_all(listing: Any, cutoff: str) -> tuple[list[str], int]:
    """Everybody met from the beginning to the end, each page by the listing that is asked for."""
    met: list[str] = []
    position, more, pages = None, True, 0
    while more:
        page = listing().walk(position, cutoff, NOTHING)
        met += [person.email for person in page.people]
        position = Position(page.people[-1].subscribed_date, page.people[-1].email) if page.people else position
        more, pages = page.more, pages + 1
    return met, pages


NOW = datetime(2026, 11, 24, tzinfo=UTC)
NOTHING: frozenset[str] = frozenset()
DATES = [f"2026-01-0{day}T00:00:00.000Z" for day in range(1, 5)]
"""Few, so that many people have joined in one moment, as those of an import do."""

crowds = st.lists(st.tuples(st.sampled_from(DATES), st.sampled_from(list(Status)[:3])), max_size=60)


def crowd(drawn: list[tuple[str, Status]]) -> list[Subscriber]:
    return [Subscriber(f"p{n}@example.com", status, date) for n, (date, status) in enumerate(drawn)]


@settings(max_examples=15, deadline=None)
@given(drawn=crowds, at_once=st.integers(1, 4), forgetful=st.booleans())
def test_a_walk_in_any_steps_meets_everybody_once_and_always_in_the_same_order(
    table: Any, drawn: list[tuple[str, Status]], at_once: int, forgetful: bool
) -> None:
    store(emptied(table), crowd(drawn))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("email_list.aws.subscriber_walk.AT_ONCE", at_once)
        one = SubscriberWalk(table)
        met, _ = walk_all(lambda: SubscriberWalk(table) if forgetful else one, DATES[2])
    wanted = [each for each in crowd(drawn) if each.status is Status.ACTIVE and each.subscribed_date <= DATES[2]]
    assert sorted(met) == sorted(each.email for each in wanted)
    by_email = {each.email: each for each in wanted}
    places = [(by_email[email].subscribed_date, shard_of(email, ACTIVE)) for email in met]
    assert places == sorted(places)
    everything = SubscriberWalk(table).walk(None, DATES[2], NOTHING).people
    assert met == [each.email for each in everything]


@settings(max_examples=15, deadline=None)
@given(drawn=crowds, after=st.integers(0, 59))
def test_a_walk_goes_on_after_somebody_who_has_left(table: Any, drawn: list[tuple[str, Status]], after: int) -> None:
    store(emptied(table), crowd(drawn))
    everybody = list(SubscriberWalk(table).walk(None, "2027", NOTHING).people)
    if everybody:
        last = everybody[after % len(everybody)]
        table.delete_item(Key={"email": last.email})
        rest = SubscriberWalk(table).walk(Position(last.subscribed_date, last.email), "2027", NOTHING).people
        assert rest == everybody[everybody.index(last) + 1 :]


@settings(max_examples=15, deadline=None)
@given(drawn=crowds, limit=st.integers(1, 30), status=st.sampled_from([None, Status.ACTIVE, Status.PENDING]))
def test_pages_show_everybody_once_newest_first(
    table: Any, drawn: list[tuple[str, Status]], limit: int, status: Status | None
) -> None:
    store(emptied(table), crowd(drawn))
    shown: list[Subscriber] = []
    cursor, begun = None, False
    while cursor or not begun:
        page = SubscriberListing(table).page(status, limit, cursor)
        assert len(page.subscribers) == limit or page.cursor is None
        shown += page.subscribers
        cursor, begun = page.cursor, True
    wanted = [each for each in crowd(drawn) if status in (None, each.status)]
    assert sorted(each.email for each in shown) == sorted(each.email for each in wanted)
    for one_status in Status:
        dates = [each.subscribed_date for each in shown if each.status is one_status]
        assert dates == sorted(dates, reverse=True)
    assert SubscriberListing(table).count(status) == len(wanted)


values = st.one_of(st.integers(2, 4), st.booleans(), st.sampled_from(["", "Rome", "Oslo"]))
"""No 0 and 1, which moto takes for false and true. DynamoDB compares types first."""
interests = st.lists(st.sampled_from(["News", "Events", "Cats"]), unique=True)
details = st.dictionaries(st.sampled_from(["city", "vip"]), values)


@settings(max_examples=25, deadline=None)
@given(drawn=st.lists(st.tuples(interests, details), max_size=12), topics=interests, attributes=details)
def test_the_people_whom_an_audience_includes_are_counted_with_no_more_read_than_it_asks_for(
    table: Any, drawn: list[tuple[list[str], Any]], topics: list[str], attributes: Any
) -> None:
    listed = [
        Subscriber(f"p{n}@example.com", Status.ACTIVE, DATES[0], topics=chosen, attributes=known)
        for n, (chosen, known) in enumerate(drawn)
    ]
    store(emptied(table), [*listed, Subscriber("left@example.com", Status.UNSUBSCRIBED, DATES[0], topics=["News"])])
    audience = Audience(topics, attributes)
    test = choosing.test_of(audience, NOW, lambda *_: ())
    wanted = [person for person in listed if test(person)]
    found = SubscriberWalk(table).count(test, choosing.reads(audience), lambda: True)
    assert (found.count, found.exact) == (len(wanted), True)
    assert len(found.sample) == min(len(wanted), SAMPLE)
    assert {person.email for person in found.sample} <= {person.email for person in wanted}


def test_a_count_without_time_is_what_was_found_so_far_and_says_so(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store(emptied(table), [replace(person, topics=("News",)) for person in people(200)])
    one_page = SubscriberWalk(table)._items
    monkeypatch.setattr(one_page.client, "query", partial(limited, one_page.client.query))
    found = SubscriberWalk(table).count(lambda _: True, NOTHING, lambda: False)
    assert 0 < found.count < 200
    assert not found.exact
    assert len(found.sample) == SAMPLE


def limited(query: Any, **request: Any) -> Any:
    return query(**request, Limit=2)
