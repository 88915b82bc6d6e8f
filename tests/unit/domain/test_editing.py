"""Editing: what is sent is the campaign as it was last edited, no matter who starts it meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import FINAL, IllegalMoveError, Status
from email_list.campaigns.store import Move
from email_list.clock import iso
from email_list.errors import ConflictError, InvalidError, NotFoundError, OvertakenError
from tests.unit.domain.campaign_world import World, people

NEWER = {"subject": "Newer", "body": "Good day."}


@pytest.fixture
def world() -> World:
    return World(people(5, topics=["cats"]))


def at(world: World, hours: float) -> str:
    return iso(world.clock() + timedelta(hours=hours))


def change(world: World, campaign: str, **request: Any) -> Any:
    return world.editor.change(world.desk.get(campaign), request)


@pytest.mark.parametrize("request_", [{"hold": True}, {"schedule_at": "2026-11-24T12:00:00Z"}], ids=["held", "due"])
def test_a_campaign_that_has_not_begun_gets_another_letter_which_is_the_one_that_is_sent(request_: dict) -> None:
    world = World(people(5))
    campaign = world.create(**request_)
    (before,) = world.press.templates
    edited = change(world, campaign, letter=NEWER).campaign
    assert edited.subject == "Newer"
    assert world.desk.letter(edited) == NEWER
    assert list(world.press.templates) == [edited.template] != [before]
    assert world.press.templates[edited.template].html == "Good day."
    if world.status(campaign) is Status.PAUSED:
        world.desk.resume(campaign)
    world.clock.forward(2 * 3600)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)
    assert len(world.store.letters) == 1


def test_each_part_is_replaced_as_a_whole_and_the_others_stay(world: World) -> None:
    audience = {"topics": ["cats"], "attributes": {"city": "Ulm"}}
    campaign = world.create(schedule_at=at(world, 2), audience=audience)
    edited = change(world, campaign, audience={"topics": ["dogs"]}).campaign
    assert edited.audience == Audience(("dogs",))
    assert (edited.subject, edited.schedule_at) == ("News", at(world, 2))
    edited = change(world, campaign, audience=None, schedule_at=at(world, 5)).campaign
    assert (edited.audience, edited.schedule_at, edited.subject) == (Audience(), at(world, 5), "News")
    assert world.schedule.moments == {campaign: world.clock() + timedelta(hours=5)}


def test_a_campaign_that_is_moved_starts_at_its_new_moment_alone(world: World) -> None:
    campaign = world.create(schedule_at=at(world, 2))
    change(world, campaign, schedule_at=at(world, 5))
    world.clock.forward(3 * 3600)
    world.starter.start(campaign)
    world.run(campaign, steps=3)
    assert world.status(campaign) is Status.SCHEDULED
    world.clock.forward(2 * 3600)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_a_campaign_that_is_moved_to_this_moment_starts_at_once(world: World) -> None:
    campaign = world.create(schedule_at=at(world, 2))
    change(world, campaign, schedule_at=at(world, 0))
    assert world.schedule.moments == {}
    world.plan()
    assert world.status(campaign) is Status.SENDING


def test_a_scheduled_campaign_cannot_lose_its_moment_and_a_held_one_can(world: World) -> None:
    scheduled, held = world.create(schedule_at=at(world, 2)), world.create(hold=True, schedule_at=at(world, 2))
    with pytest.raises(InvalidError) as refusal:
        change(world, scheduled, schedule_at=None)
    assert refusal.value.details == {"field": "schedule_at"}
    assert change(world, held, schedule_at=None).campaign.schedule_at is None


def test_a_held_campaign_that_is_resumed_before_its_moment_waits_for_it(world: World) -> None:
    campaign = world.create(hold=True)
    change(world, campaign, schedule_at=at(world, 2))
    assert world.status(campaign) is Status.PAUSED
    assert world.desk.resume(campaign).status is Status.SCHEDULED
    assert world.schedule.moments == {campaign: world.clock() + timedelta(hours=2)}
    world.clock.forward(2 * 3600)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def meanwhile(world: World, operation: str, act: Callable[[], Any]) -> None:
    """Have something happen just before the store's next operation of this name."""
    original = getattr(world.store, operation)

    def interrupted(*arguments: Any, **named: Any) -> Any:
        setattr(world.store, operation, original)
        act()
        return original(*arguments, **named)

    setattr(world.store, operation, interrupted)


def test_a_planner_that_read_the_campaign_before_an_edit_does_not_start_it(world: World) -> None:
    campaign = world.create(schedule_at=at(world, 1))
    world.clock.forward(3600)
    world.starter.start(campaign)
    meanwhile(world, "move", lambda: change(world, campaign, schedule_at=at(world, 3), letter=NEWER))
    world.plan()
    assert world.status(campaign) is Status.SCHEDULED
    world.clock.forward(3 * 3600)
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_an_edit_that_comes_too_late_is_refused_and_leaves_nothing_behind(world: World) -> None:
    campaign = world.create(schedule_at=at(world, 1))
    world.clock.forward(3600)
    world.starter.start(campaign)
    meanwhile(world, "edit", world.plan)
    templates = dict(world.press.templates)
    with pytest.raises(IllegalMoveError):
        change(world, campaign, letter=NEWER)
    assert world.press.templates == templates
    assert world.desk.letter(world.desk.get(campaign)) == {"subject": "News", "body": "Hello."}
    world.run(campaign)
    world.assert_exactly_one_mail_each(campaign)


def test_of_two_edits_at_once_one_is_refused(world: World) -> None:
    campaign = world.create(hold=True)
    meanwhile(world, "edit", lambda: change(world, campaign, letter=NEWER))
    with pytest.raises(ConflictError):
        change(world, campaign, letter={"subject": "Other", "body": "Bye."})
    present = world.desk.get(campaign)
    assert (present.subject, list(world.press.templates)) == ("Newer", [present.template])


@pytest.mark.parametrize("begun", ["paused", "sending", "sent"])
def test_a_campaign_that_has_begun_is_not_changed_any_more(world: World, begun: str) -> None:
    campaign = world.create()
    world.plan()
    if begun == "paused":
        world.desk.pause(campaign)
    elif begun == "sent":
        world.run(campaign)
    for request in ({"letter": NEWER}, {"audience": None}, {"schedule_at": at(world, 1)}):
        with pytest.raises(IllegalMoveError) as refusal:
            change(world, campaign, **request)
        assert refusal.value.details == {"status": begun}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"letter": None}, "letter"),
        ({"letter": {"subject": "x", "body": "y", "hold": True}}, "letter.hold"),
        ({"audience": {"town": "Ulm"}}, "audience"),
        ({"schedule_at": "soon"}, "schedule_at"),
        ({"archived": 1}, "archived"),
        ({"archived": True, "audience": None}, "archived"),
    ],
)
def test_a_wrong_change_is_refused_with_its_field(world: World, request_: dict, field: str) -> None:
    campaign = world.create(hold=True)
    with pytest.raises(InvalidError) as refusal:
        change(world, campaign, **request_)
    assert refusal.value.details == {"field": field}


def test_a_letter_that_cannot_be_rendered_changes_nothing(world: World) -> None:
    campaign = world.create(hold=True)
    templates = dict(world.press.templates)
    with pytest.raises(InvalidError):
        change(world, campaign, letter={"subject": "x", "body": "unrenderable"})
    assert world.press.templates == templates
    assert world.desk.get(campaign).edits == 0


@pytest.mark.parametrize("status", Status)
def test_only_what_is_over_can_be_archived(world: World, status: Status) -> None:
    campaign = world.create(hold=True)
    world.store.move(campaign, {Status.PAUSED}, Move(status, iso(world.clock())))
    if status not in FINAL:
        with pytest.raises(IllegalMoveError):
            change(world, campaign, archived=True)
        return
    assert change(world, campaign, archived=True).campaign.archived
    assert world.desk.page(10, None)["campaigns"] == []
    assert not change(world, campaign, archived=False).campaign.archived
    assert [one["id"] for one in world.desk.page(10, None)["campaigns"]] == [campaign]


def test_a_copy_is_a_draft_with_letter_and_audience(world: World) -> None:
    campaign = world.create(audience={"topics": ["cats"]})
    world.run(campaign)
    draft = world.editor.duplicate(world.desk.get(campaign))
    assert world.drafts.get(draft.id) == draft
    assert (draft.title, draft.letter) == ("News", {"subject": "News", "body": "Hello."})
    assert draft.audience == {"topics": ["cats"], "attributes": {}}
    assert world.editor.duplicate(world.desk.get(world.create())).audience is None


def test_a_letter_that_was_not_kept_cannot_be_copied(world: World) -> None:
    campaign = world.create()
    world.store.letters.clear()
    with pytest.raises(ConflictError):
        world.editor.duplicate(world.desk.get(campaign))


# From a draft


def draft(world: World, **changed: Any) -> str:
    source = world.editor.duplicate(world.desk.get(world.create(hold=True)))
    world.drafts.drafts[source.id] = replace(source, **changed)
    return source.id


def test_a_draft_that_is_sent_becomes_the_campaign_and_is_gone(world: World) -> None:
    name = draft(world, audience={"topics": ["cats"]})
    campaign = world.desk.create({"draft": name}).campaign
    assert (campaign.subject, campaign.audience) == ("News", Audience(("cats",)))
    assert world.drafts.get(name) is None
    world.run(campaign.id)
    world.assert_exactly_one_mail_each(campaign.id)


def test_an_audience_beside_a_draft_counts(world: World) -> None:
    name = draft(world, audience={"topics": ["cats"]})
    assert world.desk.create({"draft": name, "audience": None, "hold": True}).campaign.audience == Audience()


def test_a_draft_that_cannot_be_sent_stays(world: World) -> None:
    for letter in ({"subject": "x"}, {"subject": "x", "body": "unrenderable"}, None):
        name = draft(world, letter=letter)
        with pytest.raises(InvalidError):
            world.desk.create({"draft": name})
        assert world.drafts.get(name)


@pytest.mark.parametrize(("beside", "field"), [({"draft": 7}, "draft"), ({"body": "x"}, "body")])
def test_a_draft_stands_for_the_letter(world: World, beside: dict, field: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        world.desk.create({"draft": draft(world), **beside})
    assert refusal.value.details == {"field": field}
    with pytest.raises(NotFoundError):
        world.desk.create({"draft": "0" * 26})


def test_a_version_that_its_sender_has_not_seen_is_not_sent(world: World) -> None:
    name = draft(world)
    with pytest.raises(OvertakenError):
        world.desk.create({"draft": name}, seen=lambda version: version == 2)
    assert world.drafts.get(name)


def test_a_draft_that_is_changed_while_it_is_sent_stays(world: World) -> None:
    name = draft(world)
    changed = replace(world.drafts.drafts[name], version=2, title="Changed meanwhile")
    meanwhile(world, "create", lambda: world.drafts.put(changed))
    world.desk.create({"draft": name})
    assert world.drafts.get(name) == changed


def test_sending_a_draft_again_with_its_key_gives_the_same_campaign(world: World) -> None:
    request = {"draft": draft(world)}
    first = world.desk.create(request, "key").campaign
    assert world.desk.create(request, "key").campaign.id == first.id


def test_a_retry_after_the_draft_was_changed_sends_what_the_first_attempt_kept(world: World) -> None:
    request = {"draft": draft(world)}
    create = world.store.create
    world.store.create = lambda campaign: (_ for _ in ()).throw(RuntimeError("broken off"))
    with pytest.raises(RuntimeError):
        world.desk.create(request, "key")
    world.store.create = create
    newer = replace(world.drafts.drafts[request["draft"]], version=2, letter=NEWER)
    world.drafts.put(newer)
    campaign = world.desk.create(request, "key").campaign
    assert (campaign.subject, world.press.templates[campaign.template].html) == ("News", "Hello.")
    assert world.desk.letter(campaign) == {"subject": "News", "body": "Hello."}
