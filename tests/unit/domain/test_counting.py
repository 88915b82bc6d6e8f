"""Counting people: exactly once, whatever comes twice, and corrected by a recount."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from email_list.aws import streams
from email_list.aws.everyone import Everyone
from email_list.figures.counting import Change
from email_list.figures.growth import DAYS, TOTALS
from email_list.people.changes import PersonChange
from email_list.people.subscribers import Record
from handlers.count_subscribers import as_counted
from tests.unit.domain.counter_world import FakeCounters, TurnByTurn, World

PEOPLE = ("ann@example.com", "bob@example.com", "cyd@example.com")


@pytest.fixture(scope="module")
def subscribers() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        yield boto3.resource("dynamodb").create_table(
            TableName="subscribers",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "email", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "email", "AttributeType": "S"}],
        )


DEEDS = ("join", "ask", "confirm", "leave", "bounce", "reactivate", "rename", "erase")

deeds = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(DEEDS)), max_size=10)


def change(record: Mapping[str, Any]) -> Change:
    told = streams.change(record)
    assert isinstance(told, PersonChange)
    return as_counted(told, str)


def emptied(table: Any) -> Any:
    for item in table.scan()["Items"]:
        table.delete_item(Key={"email": item["email"]})
    return table


def by_kind(days: Mapping[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, amount in days.items():
        found["#".join(name.split("#")[:2])] += amount
    return found


def nobody_waits(seconds: float) -> None:
    pass


@settings(max_examples=10, deadline=None)
@given(happened=deeds, data=st.data())
def test_whatever_is_delivered_twice_or_apart_the_counters_equal_what_a_bystander_counts(
    subscribers: Any, happened: list[tuple[str, str]], data: st.DataObject
) -> None:
    world, counters = World(emptied(subscribers)), FakeCounters()
    for email, deed in happened:
        world.does(email, deed)
    at = 0
    while at < len(world.stream):
        size = data.draw(st.integers(1, 5), label="batch size")
        batch = [change(record) for record in world.stream[at : at + size]]
        counters.count(batch)
        # After an error a batch comes again, whole or in part, alone or with what follows.
        again = data.draw(st.integers(0, size), label="records that come again")
        if data.draw(st.booleans(), label="alone"):
            counters.count(batch[len(batch) - again :])
            again = 0
        at += max(1, size - again)
    assert counters.read(TOTALS) == world.totals()
    assert by_kind(counters.read(DAYS)) == world.days
    assert TurnByTurn(counters, Everyone(subscribers), nobody_waits).run() == []


@settings(max_examples=10, deadline=None)
@given(before=deeds, meanwhile=deeds, data=st.data())
def test_a_recount_fixes_what_was_lost_while_people_come_and_go(
    subscribers: Any, before: list[tuple[str, str]], meanwhile: list[tuple[str, str]], data: st.DataObject
) -> None:
    world, counters = World(emptied(subscribers)), FakeCounters()
    for email, deed in before:
        world.does(email, deed)
    counters.count([change(record) for record in world.stream])
    # Counters that went wrong: losses, but not of what only they remember.
    for book in (TOTALS, DAYS):
        for name in counters.read(book):
            if data.draw(st.booleans(), label=f"lose {name}"):
                counters.amounts[book, name] = 7
    counted = len(world.stream)
    busy = iter(meanwhile)

    def count_on(to: int) -> None:
        nonlocal counted
        counters.count([change(record) for record in world.stream[counted:to]])
        counted = max(counted, to)

    def something_happens() -> None:
        for email, deed in [next(busy, ("ann@example.com", "rename")) for _ in range(2)]:
            world.does(email, deed)
        if data.draw(st.booleans(), label="counted at once"):
            count_on(len(world.stream))

    class OneAfterAnother:
        """A scan is no snapshot: it meets people one after another."""

        def page(self, after: str | None) -> tuple[list[Record], str | None]:
            something_happens()
            email = PEOPLE[PEOPLE.index(after) + 1 if after else 0]
            people, _ = Everyone(subscribers).page(None)
            return [person for person in people if person.email == email], email if email != PEOPLE[-1] else None

    def settle(seconds: float) -> None:
        # All that happened until now is counted; what happens from now on may be, or not.
        count_on(len(world.stream))
        something_happens()

    TurnByTurn(counters, OneAfterAnother(), settle).run()
    count_on(len(world.stream))
    assert counters.read(TOTALS) == world.totals()
    assert by_kind(counters.read(DAYS)) == world.days
