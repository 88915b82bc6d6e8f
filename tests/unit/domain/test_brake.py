"""The brake on confirmations: caps, bounces, the quota's share, and what an operator may do about them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from email_list.account import Account, NotNowError
from email_list.people.brake import (
    AT_ONCE,
    LONGEST_LOOK,
    SLOT_MINUTES,
    Brake,
    Caps,
    Cause,
    Count,
    Held,
    HeldError,
    note_bounce,
)


class FakeSlots:
    """The slots in memory."""

    def __init__(self) -> None:
        self.slots: dict[str, Count] = {}
        self.told: set[str] = set()

    def counts(self, since: str) -> Mapping[str, Count]:
        return {slot: count for slot, count in self.slots.items() if slot >= since}

    def count_sent(self, slot: str, below: int) -> bool:
        count = self.slots.get(slot, Count())
        if count.sent < below:
            self.slots[slot] = replace(count, sent=count.sent + 1)
        return count.sent < below

    def take_back(self, slot: str) -> None:
        self.slots[slot] = replace(self.slots[slot], sent=self.slots[slot].sent - 1)

    def count_bounced(self, slot: str, message: str) -> None:
        if message not in self.told:
            count = self.slots.get(slot, Count())
            self.slots[slot] = replace(count, bounced=count.bounced + 1)
        self.told.add(message)

    def forgive(self, slot: str, bounced: int) -> None:
        self.slots[slot] = replace(self.slots[slot], bounced=self.slots[slot].bounced - bounced)


class World:
    """A brake, its clock, and what went."""

    def __init__(self, per_hour: int = 10, per_day: int = 50) -> None:
        self.now = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
        self.slots = FakeSlots()
        self.account: Account | None = None
        self.sent = 0
        self.brake = Brake(self.slots, Caps(per_hour, per_day), lambda: self.account, lambda: self.now)

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
            note_bounce(self.slots, f"{self.now} {number}", lambda: self.now)


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
    windows = [sum(went[start : start + 25]) for start in range(len(went) - 24)]
    assert max(windows) == 25
    assert went[:4] == [10, 10, 5, 0]
    assert sum(went) == 75


def test_an_hours_cap_is_spread_over_the_hour_so_that_bounces_are_known_before_many_more_are_sent() -> None:
    world = World(per_hour=2000, per_day=5000)
    assert world.send(500) == {None: 200, Cause.PACE: 300}
    world.pass_(minutes=5, seconds=59)
    assert world.send() == {Cause.PACE: 1}
    world.bounce(21)
    world.pass_(seconds=11)
    assert world.send() == {Cause.BOUNCES: 1}


def test_one_who_waits_for_others_to_bounce_comes_back_within_minutes() -> None:
    world = World(per_hour=1000, per_day=1000)
    world.send(AT_ONCE)
    world.pass_(minutes=2)
    with pytest.raises(HeldError) as held:
        world.brake.check()
    assert held.value.held == Held(Cause.PACE, 4 * 60)


def test_a_cap_that_is_small_is_not_spread() -> None:
    assert World(per_hour=AT_ONCE, per_day=1000).send(AT_ONCE + 1) == {None: AT_ONCE, Cause.HOUR: 1}


def test_the_days_cap_says_so() -> None:
    world = World(per_hour=10, per_day=10)
    assert world.send(12) == {None: 10, Cause.DAY: 2}


@pytest.mark.parametrize(
    ("sent", "bounced", "held"),
    [(100, 20, False), (100, 21, True), (300, 30, False), (300, 31, True), (2000, 99, False), (2000, 100, True)],
)
def test_many_bounces_or_a_large_share_of_them_stop_confirmations(sent: int, bounced: int, held: bool) -> None:
    world = World(per_hour=20_000, per_day=20_000)
    world.send(sent)
    world.bounce(bounced)
    assert (Cause.BOUNCES in world.send()) == held


def test_they_go_on_when_the_bounces_are_a_day_old() -> None:
    world = World(per_hour=1000, per_day=1000)
    world.send(50)
    world.bounce(30)
    world.pass_(hours=22)
    assert world.send() == {Cause.BOUNCES: 1}
    world.pass_(hours=2, minutes=SLOT_MINUTES)
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
    counts = world.slots.counts
    world.slots.counts = lambda since: looked.append(since) or counts(since)  # type: ignore[method-assign]
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
