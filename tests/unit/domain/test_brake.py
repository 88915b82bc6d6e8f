"""The brake on confirmations: caps, bounces, the quota's share, and what an operator may do about them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from email_list.account import Account, NotNowError
from email_list.people.brake import LONGEST_LOOK, Brake, Caps, Cause, Count, Held, HeldError, note_bounce


class FakeHours:
    """The hours in memory."""

    def __init__(self) -> None:
        self.hours: dict[str, Count] = {}
        self.told: set[str] = set()

    def counts(self, since: str) -> Mapping[str, Count]:
        return {hour: count for hour, count in self.hours.items() if hour >= since}

    def count_sent(self, hour: str, below: int) -> bool:
        count = self.hours.get(hour, Count())
        if count.sent < below:
            self.hours[hour] = replace(count, sent=count.sent + 1)
        return count.sent < below

    def take_back(self, hour: str) -> None:
        self.hours[hour] = replace(self.hours[hour], sent=self.hours[hour].sent - 1)

    def count_bounced(self, hour: str, message: str) -> None:
        if message not in self.told:
            count = self.hours.get(hour, Count())
            self.hours[hour] = replace(count, bounced=count.bounced + 1)
        self.told.add(message)

    def forgive(self, hour: str, bounced: int) -> None:
        self.hours[hour] = replace(self.hours[hour], bounced=self.hours[hour].bounced - bounced)


class World:
    """A brake, its clock, and what went."""

    def __init__(self, per_hour: int = 10, per_day: int = 50) -> None:
        self.now = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
        self.hours = FakeHours()
        self.account: Account | None = None
        self.sent = 0
        self.brake = Brake(self.hours, Caps(per_hour, per_day), lambda: self.account, lambda: self.now)

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)

    def send(self, count: int = 1) -> Counter[Cause | None]:
        """Try so many confirmations; how many went, and how many were held why."""
        held = [self._try() for _ in range(count)]
        assert all(0 < each.seconds <= LONGEST_LOOK for each in held if each)
        return Counter(each.cause if each else None for each in held)

    def _try(self) -> Held | None:
        def go() -> None:
            self.sent += 1

        try:
            self.brake.check()
            self.brake.let_go(go)
        except HeldError as error:
            return error.held
        return None

    def bounce(self, count: int) -> None:
        for number in range(count):
            note_bounce(self.hours, f"{self.now} {number}", lambda: self.now)


def test_an_hour_lets_its_cap_go_and_the_next_one_as_many_again() -> None:
    world = World(per_hour=10)
    assert world.send(25) == {None: 10, Cause.HOUR: 15}
    world.pass_(minutes=29)
    assert world.send() == {Cause.HOUR: 1}
    world.pass_(minutes=1, seconds=1)
    assert world.send(11) == {None: 10, Cause.HOUR: 1}


def test_one_who_waits_for_the_next_hour_comes_back_when_it_begins() -> None:
    world = World(per_hour=1)
    world.send(1)
    with pytest.raises(HeldError) as held:
        world.brake.check()
    assert held.value.held.seconds == LONGEST_LOOK
    world.pass_(minutes=25)
    with pytest.raises(HeldError) as held:
        world.brake.check()
    assert held.value.held.seconds == 5 * 60


def test_any_twenty_four_hours_have_at_most_the_days_cap() -> None:
    world, went = World(per_hour=10, per_day=25), []
    for _ in range(72):
        went.append(world.send(15)[None])
        world.pass_(hours=1)
    windows = [sum(went[start : start + 24]) for start in range(len(went) - 23)]
    assert max(windows) == 25
    assert went[:4] == [10, 10, 5, 0]
    assert sum(went) == 75


def test_the_days_cap_says_so() -> None:
    world = World(per_hour=10, per_day=10)
    assert world.send(12) == {None: 10, Cause.DAY: 2}


@pytest.mark.parametrize(
    ("sent", "bounced", "held"),
    [(100, 20, False), (100, 21, True), (300, 30, False), (300, 31, True), (2000, 99, False), (2000, 100, True)],
)
def test_many_bounces_or_a_large_share_of_them_stop_confirmations(sent: int, bounced: int, held: bool) -> None:
    world = World(per_hour=5000, per_day=5000)
    world.send(sent)
    world.bounce(bounced)
    assert (Cause.BOUNCES in world.send()) == held


def test_they_go_on_when_the_bounces_are_a_day_old() -> None:
    world = World(per_hour=1000, per_day=1000)
    world.send(50)
    world.bounce(30)
    world.pass_(hours=22)
    assert world.send() == {Cause.BOUNCES: 1}
    world.pass_(hours=2)
    assert world.send() == {None: 1}


def test_they_go_on_when_an_operator_says_so_and_stop_again_at_as_many_new_bounces() -> None:
    world = World(per_hour=1000, per_day=1000)
    world.send(50)
    world.bounce(30)
    assert world.brake.state()["cause"] == "bounces"
    world.brake.release()
    world.pass_(seconds=11)
    assert world.send() == {None: 1}
    world.pass_(seconds=11)
    world.bounce(21)
    assert world.send() == {Cause.BOUNCES: 1}


def test_a_bounce_that_is_told_twice_counts_once() -> None:
    world = World(per_hour=1000, per_day=1000)
    world.send(50)
    world.bounce(20)
    world.bounce(20)
    assert world.send() == {None: 1}


def test_confirmations_take_half_of_the_daily_quota_at_most() -> None:
    world = World(per_hour=100, per_day=100)
    world.account = Account(rate=1, daily_quota=20, sent_today=0)
    assert world.send(15) == {None: 10, Cause.QUOTA: 5}


def test_they_wait_while_others_have_used_the_quota_up() -> None:
    world = World()
    world.account = Account(rate=1, daily_quota=200, sent_today=200)
    assert world.send() == {Cause.QUOTA: 1}
    world.account = replace(world.account, sent_today=150)
    world.pass_(seconds=11)
    assert world.send() == {None: 1}


def test_a_confirmation_that_ses_does_not_take_counts_for_nothing_and_waits() -> None:
    def refuse() -> None:
        raise NotNowError("Daily message quota exceeded.")

    world = World(per_hour=3)
    for _ in range(5):
        with pytest.raises(HeldError) as held:
            world.brake.let_go(refuse)
        assert held.value.held.cause is Cause.REFUSED
    assert world.send(4)[None] == 3


def test_one_whose_sending_fails_otherwise_stays_counted_since_it_may_have_gone() -> None:
    def fail() -> None:
        raise TimeoutError

    world = World(per_hour=3)
    with pytest.raises(TimeoutError):
        world.brake.let_go(fail)
    assert world.send(4)[None] == 2


def test_what_holds_confirmations_is_looked_up_once_in_ten_seconds() -> None:
    world = World(per_hour=1)
    world.send(2)
    looked: list[str] = []
    counts = world.hours.counts
    world.hours.counts = lambda since: looked.append(since) or counts(since)  # type: ignore[method-assign]
    world.send(50)
    assert looked == []
    world.pass_(seconds=10)
    world.send(50)
    assert len(looked) == 1


def test_administrators_are_shown_counts_caps_and_why_confirmations_wait() -> None:
    world = World(per_hour=2, per_day=50)
    assert world.brake.state()["state"] == "running"
    world.send(3)
    world.bounce(1)
    assert world.brake.state() == {
        "state": "held",
        "cause": "hour",
        "sent_this_hour": 2,
        "per_hour": 2,
        "sent_last_24_hours": 2,
        "per_day": 50,
        "bounced_last_24_hours": 1,
    }
