"""Segments in campaigns: everybody a filter chooses gets the email, and nobody else; a campaign keeps its own copy."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from email_list.campaigns import choosing
from email_list.campaigns.audience import Audience
from email_list.errors import InvalidError, NotFoundError
from email_list.people.filters import Reach
from email_list.people.subscribers import Subscriber
from tests.unit.domain.campaign_world import World, people
from tests.unit.domain.test_filters import CAMPAIGN, TREE

BERLIN = {"attribute": "city", "is": "Berlin"}


def crowd(seed: int, count: int = 60) -> list[Subscriber]:
    """People who differ in all that the trees ask about."""
    pick = random.Random(seed).choice
    return [
        replace(
            person,
            subscribed_date=f"2026-11-{pick(range(18, 24))}T{number % 24:02}:00:00.000Z",
            topics=pick([(), ("News",), ("News", "Events")]),
            attributes={
                name: value
                for name, values in {
                    "city": ["Berlin", "bonn", "é"],
                    "age": [3, "34", "9.5"],
                    "since": ["2026-11-22"],
                }.items()
                if (value := pick([None, *values])) is not None
            },
            source=pick(["form", "api", "import:1"]),
            language=pick(["", "de", "en"]),
            opened_on=pick(["", "2026-11-20", "2026-11-23"]),
            clicked_on=pick(["", "2026-11-22"]),
        )
        for number, person in enumerate(people(count))
    ]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TREE, seed=st.integers(0, 9))
def test_as_many_people_get_the_email_as_were_counted(tree: Any, seed: int) -> None:
    world = World(crowd(seed))
    for number, reach in enumerate(Reach):
        world.reached[reach, CAMPAIGN] = {person.email for person in people(60)[number * 7 :: 3]}
    segment = world.segments.create({"name": "Some", "filter": tree})
    test = segment.filter.test(world.clock(), world.find_reached)
    counted = [person.email for person in world.people.by_email.values() if test(person)]
    campaign = world.create(audience={"segment": segment.id})
    world.run(campaign)
    assert sorted(world.ses.mails) == sorted(counted)


def test_a_campaigns_copy_does_not_change_with_its_segment() -> None:
    world = World(crowd(1))
    segment = world.segments.create({"name": "Berliners", "filter": BERLIN})
    wanted = [person.email for person in crowd(1) if person.attributes.get("city") == "Berlin"]
    campaign = world.create(audience={"segment": segment.id}, hold=True)
    world.segments.replace(segment.id, {"name": "Others", "filter": {"not": BERLIN}})
    world.segments.delete(segment.id)
    assert world.desk.show(world.desk.get(campaign))["audience"] == {
        "topics": [],
        "attributes": {},
        "filter": BERLIN,
        "segment": segment.id,
    }
    world.desk.resume(campaign)
    world.run(campaign)
    assert sorted(world.ses.mails) == sorted(wanted)


def test_an_audience_that_was_shown_can_be_sent_back() -> None:
    world = World()
    segment = world.segments.create({"name": "Berliners", "filter": BERLIN})
    shown = choosing.read({"segment": segment.id, "topics": ["News"]}, world.segments.filter).to_json()
    world.segments.delete(segment.id)
    assert choosing.read(shown, world.segments.filter).to_json() == shown


def test_a_segment_there_is_not_and_a_filter_that_is_none_are_refused() -> None:
    world = World()
    with pytest.raises(NotFoundError, match="no segment"):
        world.create(audience={"segment": "0193f2"})
    with pytest.raises(InvalidError, match=r"audience\.filter\.any\[0\]"):
        world.create(audience={"filter": {"any": [{"town": "Berlin"}]}})
    assert world.store.campaigns == {}


def test_anyone_who_no_longer_fits_when_the_email_is_about_to_go_is_skipped() -> None:
    world = World(replace(person, attributes={"city": "Berlin"}) for person in people(3))
    campaign = world.create(audience={"filter": BERLIN})
    world.plan()
    world.people.change("person00001@example.com", attributes={"city": "Bonn"})
    world.run(campaign)
    assert sorted(world.ses.mails) == ["person00000@example.com", "person00002@example.com"]


def test_opening_another_campaign_between_planning_and_sending_keeps_nobody_from_the_email() -> None:
    world = World(people(3))
    campaign = world.create(audience={"filter": {"not": {"opened": {"campaign": CAMPAIGN}}}})
    world.plan()
    world.reached[Reach.OPENED, CAMPAIGN] = {person.email for person in people(3)}
    world.run(campaign)
    assert len(world.ses.mails) == 3


def test_days_count_back_from_when_the_campaign_started_however_long_it_takes() -> None:
    world = World([replace(person, subscribed_date="2026-11-23T10:00:01.000Z") for person in people(3)])
    campaign = world.create(audience={"filter": {"joined": {"within_days": 1}}})
    world.plan()
    world.clock.forward(3600)
    world.run(campaign)
    assert len(world.ses.mails) == 3


def test_an_audience_reads_no_more_of_people_than_it_asks_for() -> None:
    assert choosing.reads(Audience()) == frozenset()
    audience = Audience(("News",), {"vip": True}, {"any": [BERLIN, {"source": "form"}]})
    assert choosing.reads(audience) == {"topics", "attributes.vip", "attributes.city", "source"}
