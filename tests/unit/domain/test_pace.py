"""Pace: workers that line up for the account's rate."""

import heapq
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from email_list.campaigns.line import SLOW, Express, Line
from email_list.campaigns.pace import PROMISED, Account, Full, Pace, Slot, campaign_rate
from tests.unit.domain.campaign_world import FakeClock, FakeStore


def pace(store: FakeStore, clock: FakeClock, rate: float = 100.0, asked: list[float] | None = None) -> Pace:
    def account() -> Account:
        if asked is not None:
            asked.append(rate)
        return Account(rate=rate, daily_quota=None, sent_today=0)

    return Pace(store, account, clock=clock, sleep=clock.forward)


@pytest.mark.parametrize(("rate", "campaigns"), [(1, 0.5), (4, 2), (5, 5), (14, 14), (100, 100), (500, 500)])
def test_campaigns_use_the_whole_rate_unless_it_is_slow(rate: float, campaigns: float) -> None:
    assert campaign_rate(rate) == pytest.approx(campaigns)


@pytest.mark.parametrize(("rate", "size"), [(1, 1), (2, 1), (14, 7), (60, 30), (100, 50), (500, 50)])
def test_a_batch_holds_no_more_than_may_go_within_a_second(rate: float, size: int) -> None:
    assert pace(FakeStore(), FakeClock(), rate).batch_size() == size


def test_turns_follow_one_another_at_the_rate() -> None:
    store, clock = FakeStore(), FakeClock()
    workers = [pace(store, clock) for _ in range(5)]
    waits = [worker.reserve(50) for worker in workers]
    assert [round(slot.wait, 3) for slot in waits if isinstance(slot, Slot)] == [0.0, 0.4, 0.9, 1.4, 1.9]


def test_an_idle_line_gives_back_no_more_than_a_short_credit() -> None:
    store, clock = FakeStore(), FakeClock()
    worker = pace(store, clock)
    worker.reserve(50)
    clock.forward(3600)
    worker.reserve(50)
    slot = worker.reserve(50)
    assert isinstance(slot, Slot)
    assert slot.wait == pytest.approx(0.4)


def test_no_turn_is_promised_more_than_a_moment_ahead() -> None:
    store, clock = FakeStore(), FakeClock()
    worker = pace(store, clock)
    while isinstance(worker.reserve(50), Slot):
        pass
    line = store.row
    assert PROMISED < line.free_at - clock().timestamp() <= PROMISED + 0.5
    assert isinstance(pace(store, clock).reserve(50), Full)
    assert store.row == line


def test_a_worker_waits_until_a_turn_can_be_promised_and_no_longer_than_its_patience() -> None:
    store, clock = FakeStore(), FakeClock()
    worker, before = pace(store, clock), clock().timestamp()
    turns = [worker.turn(50, patience=20) for _ in range(20)]
    assert all(isinstance(turn, Slot) and turn.wait <= PROMISED for turn in turns)
    assert 7 < clock().timestamp() - before < 10
    store.row = replace(store.row, free_at=clock().timestamp() + 30)
    answer, moment = pace(store, clock).turn(50, patience=5), clock().timestamp()
    assert isinstance(answer, Full)
    assert answer.retry_in == pytest.approx(29)
    assert clock().timestamp() == moment


def test_a_confirmation_moves_the_line_on_and_waits_for_nobody() -> None:
    store, clock = FakeStore(), FakeClock()
    worker, express = pace(store, clock), Express(store, clock)
    worker.reserve(50)
    before = store.row.free_at
    for _ in range(10):
        express.make_room()
    assert store.row.free_at == pytest.approx(before + 0.1)


@pytest.mark.parametrize("rate", [2.0, 100.0])
def test_a_confirmation_leaves_a_line_alone_that_is_idle_or_slow(rate: float) -> None:
    store, clock = FakeStore(), FakeClock()
    pace(store, clock, rate).reserve(1)
    clock.forward(0 if rate < SLOW else 3600)
    before = store.row
    Express(store, clock).make_room()
    assert store.row == before


def test_the_account_is_asked_once_a_minute_by_all_workers_together() -> None:
    store, clock, asked = FakeStore(), FakeClock(), []
    workers = [pace(store, clock, asked=asked) for _ in range(3)]
    for _ in range(120):
        for worker in workers:
            worker.reserve(1)
        clock.forward(1)
    assert len(asked) == 2


def test_a_new_rate_reaches_every_worker() -> None:
    store, clock = FakeStore(), FakeClock()
    first = pace(store, clock, rate=14)
    assert first.rate() == pytest.approx(14)
    clock.forward(61)
    other = pace(store, clock, rate=100)
    assert other.rate() == pytest.approx(100)
    first.reserve(1)
    assert first.rate() == pytest.approx(100)


def test_a_worker_that_is_overtaken_takes_the_next_turn_without_reading_the_line() -> None:
    store, clock = FakeStore(), FakeClock()
    worker = pace(store, clock)
    worker.rate()
    pace(store, clock).reserve(50)
    reads: list[Line] = []
    store.line = lambda: reads.append(store.row) or store.row
    slot = worker.reserve(50)
    assert isinstance(slot, Slot)
    assert slot.wait == pytest.approx(0.4)
    assert not reads


def test_throttling_by_others_makes_the_line_wait() -> None:
    store, clock = FakeStore(), FakeClock()
    worker = pace(store, clock)
    worker.reserve(50)
    before = store.row.free_at
    worker.throttled(50)
    assert store.row.free_at == pytest.approx(before + 0.5)


def test_three_refused_bulk_calls_within_a_minute_make_recipients_go_one_by_one_for_an_hour() -> None:
    store, clock = FakeStore(), FakeClock()
    worker, other = pace(store, clock), pace(store, clock)
    for _ in range(3):
        assert not worker.one_by_one
        worker.bulk_refused()
    assert worker.one_by_one
    other.reserve(1)
    assert other.one_by_one
    clock.forward(3601)
    assert not worker.one_by_one


def test_bulk_calls_refused_now_and_then_change_nothing() -> None:
    store, clock = FakeStore(), FakeClock()
    worker = pace(store, clock)
    for _ in range(10):
        worker.bulk_refused()
        clock.forward(61)
    assert not worker.one_by_one


class Ses:
    """The rate limit of SES: a bucket that holds one second's worth of recipients."""

    def __init__(self, rate: float, clock: FakeClock) -> None:
        self._rate, self._clock = rate, clock
        self._tokens, self._at = rate, clock().timestamp()
        self.accepted = self.throttled = 0

    def send(self, recipients: int) -> None:
        now = self._clock().timestamp()
        self._tokens = min(self._rate, self._tokens + (now - self._at) * self._rate)
        self._at = now
        taken = min(recipients, int(self._tokens))
        self._tokens -= taken
        self.accepted += taken
        self.throttled += recipients - taken


@pytest.mark.parametrize("rate", [1, 2, 14, 100, 500, 5000])
@pytest.mark.parametrize("workers", [1, 2, 20])
def test_many_workers_use_the_rate_and_are_hardly_ever_throttled(rate: float, workers: int) -> None:
    """Workers whose calls take 60 ms, and whose starts are up to 100 ms late, over five minutes of simulated time."""
    store, clock = FakeStore(), FakeClock()
    ses = Ses(rate, clock)
    shared: Callable[[], Pace] = lambda: pace(store, clock, rate)  # noqa: E731
    agenda: list[tuple[float, int, str, Any]] = [(clock().timestamp(), n, "line up", shared()) for n in range(workers)]
    start, order, lateness = clock().timestamp(), workers, 0
    while agenda[0][0] < start + 300:
        moment, _, act, worker = heapq.heappop(agenda)
        clock.forward(moment - clock().timestamp())
        order += 1
        if act == "line up":
            slot = worker.reserve(worker.batch_size())
            assert isinstance(slot, Slot | Full)
            lateness = (lateness * 31 + 17) % 100
            wait = slot.wait + lateness / 1000 if isinstance(slot, Slot) else slot.retry_in
            heapq.heappush(agenda, (moment + wait, order, "send" if isinstance(slot, Slot) else "line up", worker))
        else:
            ses.send(worker.batch_size())
            heapq.heappush(agenda, (moment + 0.06, order, "line up", worker))
    capacity = workers * 50 / 0.06
    allowed = min(campaign_rate(rate), 0.35 * capacity)
    assert ses.accepted / 300 > 0.97 * allowed
    assert ses.throttled < 0.01 * ses.accepted


def test_the_line_is_kept_where_others_see_it() -> None:
    store, clock = FakeStore(), FakeClock()
    store.row = replace(store.row, free_at=clock().timestamp() + 1.5)
    slot = pace(store, clock).reserve(1)
    assert isinstance(slot, Slot)
    assert slot.wait == pytest.approx(1.5)
