"""Cleaning the list by what SES says about addresses."""

from collections.abc import Mapping

import pytest

from email_list.campaigns.feedback import Mark, Note, Row
from email_list.events.cleaning import Cleaner
from email_list.events.mail_events import Event, Kind, Place
from email_list.events.meanings import Meaning
from tests.unit.domain.people_world import FakeSoftBounces

ADA, BOB = "ada@example.com", "bob@example.com"
IN_A_ROW = 3


class FakePeople(FakeSoftBounces):
    """The subscribers, as far as cleaning changes them."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[tuple[str, str, str]] = []

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool:
        self.ended.append(("bounced", email, reason))
        return True

    def complained(self, email: str, at: str, reason: str) -> bool:
        self.ended.append(("complained", email, reason))
        return True

    def unsubscribe(self, email: str, at: str, reason: str = "", by: str = "subscriber") -> bool:
        self.ended.append(("unsubscribed", email, reason))
        return True


USUAL = {Kind.BOUNCE: Meaning.SOFT_BOUNCE, Kind.COMPLAINT: Meaning.COMPLAINT}


def event(kind: Kind, day: int, *people: str, place: Place | None = None, meaning: Meaning | None = None) -> Event:
    """An event about the email of a day."""
    moment = f"2026-11-{day:02d}T10:00:00.000Z"
    return Event(kind, f"mail-{day}", moment, moment, people or (ADA,), place, "reason", meaning or USUAL.get(kind))


def clean(people: FakePeople, *events: Event, rows: Mapping[tuple[str, int], Row] | None = None) -> None:
    Cleaner(people, IN_A_ROW).clean(events, rows or {})


def test_a_hard_bounce_and_a_complaint_end_subscriptions_of_all_they_are_about() -> None:
    people = FakePeople()
    clean(people, event(Kind.BOUNCE, 1, ADA, BOB, meaning=Meaning.HARD_BOUNCE), event(Kind.COMPLAINT, 1, BOB))
    assert people.ended == [("bounced", ADA, "reason"), ("bounced", BOB, "reason"), ("complained", BOB, "reason")]


def test_emails_outside_campaigns_clean_the_list_as_well() -> None:
    people = FakePeople()
    clean(people, event(Kind.BOUNCE, 1, meaning=Meaning.HARD_BOUNCE, place=None))
    assert people.ended == [("bounced", ADA, "reason")]


def test_soft_bounces_end_a_subscription_after_some_in_a_row() -> None:
    people = FakePeople()
    for day in range(1, IN_A_ROW):
        clean(people, event(Kind.BOUNCE, day))
    assert people.ended == []
    clean(people, event(Kind.BOUNCE, IN_A_ROW))
    assert people.ended == [("bounced", ADA, "3 in a row, the last: reason")]


def test_the_same_soft_bounce_again_counts_once() -> None:
    people = FakePeople()
    for _ in range(3 * IN_A_ROW):
        clean(people, event(Kind.BOUNCE, 1))
    assert people.ended == []


def test_a_delivery_begins_the_row_anew() -> None:
    people = FakePeople()
    clean(people, event(Kind.BOUNCE, 1), event(Kind.BOUNCE, 2))
    clean(people, event(Kind.DELIVERY, 3))
    clean(people, event(Kind.BOUNCE, 4), event(Kind.BOUNCE, 5))
    assert people.ended == []
    clean(people, event(Kind.BOUNCE, 6))
    assert [what for what, *_ in people.ended] == ["bounced"]


def test_a_late_delivery_of_an_older_email_forgets_nothing_newer() -> None:
    people = FakePeople()
    clean(people, event(Kind.BOUNCE, 2), event(Kind.BOUNCE, 3))
    clean(people, event(Kind.DELIVERY, 1))
    clean(people, event(Kind.BOUNCE, 4))
    assert [what for what, *_ in people.ended] == ["bounced"]


def test_an_automatic_reply_to_a_delivered_email_is_no_soft_bounce() -> None:
    people, place = FakePeople(), Place("C1", 1, 4)
    rows = {("C1", 1): Row().with_notes([Note(4, Mark.DELIVERED), Note(4, Mark.SOFT_BOUNCED)])}
    clean(people, event(Kind.BOUNCE, 1, place=place), rows=rows)
    assert people.soft == {}


def test_an_automatic_reply_that_comes_before_its_delivery_is_forgotten_with_it() -> None:
    people = FakePeople()
    clean(people, event(Kind.BOUNCE, 1))
    clean(people, event(Kind.DELIVERY, 1))
    assert people.soft == {ADA: set()}


def test_without_delivery_events_soft_bounces_are_left_alone() -> None:
    people = FakePeople()
    events = [event(Kind.BOUNCE, day) for day in range(1, 20)]
    Cleaner(people, None).clean(events, {})
    assert (people.ended, people.soft) == ([], {})


def test_who_wants_nothing_more_by_a_subscription_event_has_left() -> None:
    people = FakePeople()
    clean(people, event(Kind.SUBSCRIPTION, 1, meaning=Meaning.LEFT), event(Kind.SUBSCRIPTION, 2, BOB))
    assert people.ended == [("unsubscribed", ADA, "")]


@pytest.mark.parametrize("kind", [Kind.BOUNCE, Kind.COMPLAINT])
@pytest.mark.parametrize(
    "meaning", [Meaning.NOT_TRIED, Meaning.NO_COMPLAINT, Meaning.MESSAGE_REFUSED, Meaning.UNCLASSIFIED]
)
def test_what_says_nothing_about_a_person_changes_nobody_however_often_it_comes(kind: Kind, meaning: Meaning) -> None:
    people = FakePeople()
    clean(people, *(event(kind, day, meaning=meaning) for day in range(1, 2 * IN_A_ROW)))
    assert (people.ended, people.soft) == ([], {})


def test_nothing_else_changes_anybody() -> None:
    people = FakePeople()
    others = set(Kind) - {Kind.BOUNCE, Kind.COMPLAINT, Kind.SUBSCRIPTION}
    clean(people, *(event(kind, 1) for kind in sorted(others)))
    assert (people.ended, people.soft) == ([], {})
