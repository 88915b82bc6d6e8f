"""A domain's warm-up: the curve is followed to the email, the best readers come first, and nobody is lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from email_list.campaigns.campaign import ReasonCode, Status
from email_list.campaigns.sending import Answer, Reply, Tagged
from email_list.campaigns.warm_up import FAITHFUL, FAMILIAR, OTHERS, Curve, Used, WarmUp, band
from email_list.clock import from_iso
from email_list.people.subscribers import Status as Subscribed
from email_list.people.subscribers import Subscriber
from tests.unit.domain.campaign_world import World, people

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
CURVE = Curve(1000, Fraction("1.5"))


def through_the_days(world: World, campaign_id: str, days: int = 60) -> list[int]:
    """What was sent on each day until the campaign is over. Each day's work is done, then the day passes."""
    sent: list[int] = []
    for _ in range(days):
        before = len(world.ses.mails)
        for _ in range(3):
            world.plan()
            world.work_all()
            world.settle()
            world.sweeper.sweep(lambda: False)
            world.clock.forward(900)
        sent.append(len(world.ses.mails) - before)
        if world.status(campaign_id) is Status.SENT:
            return sent
        tomorrow = world.clock().date() + timedelta(days=1)
        world.clock.forward(
            (datetime(tomorrow.year, tomorrow.month, tomorrow.day, 6, tzinfo=UTC) - world.clock()).total_seconds()
        )
    return sent


def test_fifty_thousand_recipients_follow_the_curve_to_the_email() -> None:
    world = World(people(50_000), rate=1000.0, batch_size=50, curve=CURVE, page=5000)
    world.ses.lose_events = True  # which would be noted one by one
    campaign_id = world.create()
    sent = through_the_days(world, campaign_id)
    curve = [1000, 1500, 2250, 3375, 5062, 7593, 11390, 17085]
    assert sent == [*curve, 50_000 - sum(curve)]
    world.assert_exactly_one_mail_each(campaign_id)


def test_a_campaign_that_waits_says_until_when_and_when_it_will_be_done() -> None:
    world = World(people(3000), rate=1000.0, batch_size=50, curve=CURVE)
    campaign_id = world.create()
    world.plan()
    world.work_all()
    waiting = world.store.campaigns[campaign_id]
    today = world.clock().date()
    assert waiting.status is Status.PAUSED
    assert waiting.reason
    assert waiting.reason.code is ReasonCode.WARM_UP
    assert "1,000 emails of today are sent" in waiting.reason.message
    assert f"by {today + timedelta(days=2)}" in waiting.reason.message
    assert waiting.resume_at
    assert from_iso(waiting.resume_at).date() == today + timedelta(days=1)


def readers(world_clock: datetime) -> list[Subscriber]:
    """Three hundred, of whom every tenth has opened lately and every fifth has done so before."""
    day, long_ago = (world_clock.date() - timedelta(days=1)).isoformat(), (world_clock - timedelta(days=60)).isoformat()
    old = [replace(person, subscribed_date=f"2020-01-01T00:00:00.{at:03d}Z") for at, person in enumerate(people(300))]
    marks = {0: {"opened_on": day}, 5: {"clicked_on": long_ago[:10]}}
    return [replace(person, **marks.get(at % 10, {})) for at, person in enumerate(old)]


@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_the_best_readers_come_first_and_nobody_of_the_others_before_them(batch_size: int) -> None:
    everybody = readers(World().clock())
    world = World(everybody, rate=1000.0, batch_size=batch_size, curve=Curve(25, Fraction(1)))
    campaign_id = world.create()
    for _ in range(3):
        sent = through_the_days(world, campaign_id, days=1)
        assert sent == [25]
    first = [person.email for person in everybody if person.opened_on]
    second = [person.email for person in everybody if person.clicked_on]
    assert set(world.ses.mails[:25]) < set(first)
    assert set(first) < set(world.ses.mails[:50]) <= {*first, *second}
    assert {*first, *second} <= set(world.ses.mails)


@pytest.mark.parametrize(
    ("joined", "opened", "clicked", "expected"),
    [
        ("2020-01-01", "2026-11-20", "", FAITHFUL),
        ("2020-01-01", "", "2026-10-27", FAITHFUL),
        ("2020-01-01", "2026-10-26", "", FAMILIAR),
        ("2020-01-01", "2026-08-28", "", FAMILIAR),
        ("2020-01-01", "2026-08-27", "2020-02-02", OTHERS),
        ("2020-01-01", "", "", OTHERS),
        ("2026-11-20", "", "", FAMILIAR),
    ],
)
def test_a_reader_is_as_good_as_what_they_did_last(joined: str, opened: str, clicked: str, expected: str) -> None:
    moment = f"{joined}T00:00:00.000Z"
    person = Subscriber("a@example.com", Subscribed.ACTIVE, moment, opened_on=opened, clicked_on=clicked)
    assert band(person, NOW) == expected


def test_anyone_who_left_meanwhile_takes_no_room_from_the_others() -> None:
    world = World(people(300), rate=1000.0, batch_size=10, curve=Curve(100, Fraction(2)))
    campaign_id = world.create()
    world.plan()
    for number in range(20):
        world.people.change(f"person{number:05d}@example.com", status=Subscribed.UNSUBSCRIBED)
    assert through_the_days(world, campaign_id) == [100, 180]


def test_what_ses_refuses_for_the_moment_takes_no_room() -> None:
    world = World(people(300), rate=1000.0, batch_size=10, curve=Curve(100, Fraction(2)))
    refused: Counter[str] = Counter()

    def throttle_each_once(tagged: Tagged) -> Reply:
        refused[tagged.letter.email] += 1
        return Reply(Answer.THROTTLED if refused[tagged.letter.email] == 1 else Answer.ACCEPTED)

    world.ses.answers = throttle_each_once
    campaign_id = world.create()
    assert through_the_days(world, campaign_id) == [100, 200]
    world.assert_exactly_one_mail_each(campaign_id)


def test_two_campaigns_share_a_day() -> None:
    world = World(people(100), rate=1000.0, batch_size=10, curve=Curve(60, Fraction(2)))
    one, other = world.create(), world.create()
    sent = through_the_days(world, one, days=1)
    assert sent == [60]
    through_the_days(world, one)
    through_the_days(world, other)
    assert world.status(one) is world.status(other) is Status.SENT
    assert set(world.mails().values()) == {2}


def test_lost_answers_and_crashes_never_exceed_the_curve() -> None:
    world = World(people(400), rate=1000.0, batch_size=10, curve=Curve(50, Fraction(2)))
    world.ses.lose_next = 3
    campaign_id = world.create()
    sent = through_the_days(world, campaign_id)
    assert all(today <= room for today, room in zip(sent, [50, 100, 200, 400], strict=False))
    world.assert_exactly_one_mail_each(campaign_id)


# The curve by itself


class Kept:
    def __init__(self) -> None:
        self.state = Used()

    def used(self) -> Used:
        return self.state

    def use(self, before: Used, after: Used) -> bool:
        same = self.state == before
        self.state = after if same else self.state
        return same


class Days:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def caps(curve: Curve, days: int) -> Sequence[int]:
    return [curve.cap(step) for step in range(days)]


def test_a_curve_grows_by_its_factor_and_is_rounded_down_once() -> None:
    assert caps(Curve(10, Fraction("1.5")), 6) == [10, 15, 22, 33, 50, 75]
    assert caps(Curve(10, Fraction(1)), 3) == [10, 10, 10]
    assert Curve(1, Fraction(10)).cap(10_000) == 100_000_000


def test_a_day_without_campaigns_is_no_step() -> None:
    days, store = Days(), Kept()
    warm_up = WarmUp(Curve(10, Fraction(2)), store, days)
    assert (warm_up.take(4), warm_up.take(40), warm_up.take(1)) == (4, 6, 0)
    days.now += timedelta(days=9)
    assert (warm_up.room(), warm_up.take(100)) == (20, 20)
    assert warm_up.today() == Used("2026-12-05", 1, 20)


def test_what_is_given_back_can_be_taken_again_on_the_same_day_alone() -> None:
    days, store = Days(), Kept()
    warm_up = WarmUp(Curve(10, Fraction(2)), store, days)
    warm_up.take(10)
    warm_up.give_back(3)
    assert warm_up.take(10) == 3
    days.now += timedelta(days=1)
    warm_up.give_back(3)
    assert warm_up.room() == 20


@pytest.mark.parametrize(
    ("recipients", "done"),
    [
        (0, date(2026, 11, 26)),
        (10, date(2026, 11, 26)),
        (11, date(2026, 11, 27)),
        (70, date(2026, 11, 28)),
        (71, date(2026, 11, 29)),
    ],
)
def test_it_says_when_so_many_will_have_been_sent_to(recipients: int, done: date) -> None:
    assert WarmUp(Curve(10, Fraction(2)), Kept(), Days()).done_on(recipients) == done


@pytest.mark.parametrize(("recipients", "day"), [(0, 26), (10, 26), (11, 27), (40, 28), (41, 29)])
def test_it_says_from_when_on_a_day_has_room_for_everybody(recipients: int, day: int) -> None:
    assert WarmUp(Curve(10, Fraction(2)), Kept(), Days()).covers_on(recipients) == date(2026, 11, day)
