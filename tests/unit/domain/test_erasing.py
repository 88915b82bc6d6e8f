"""Taking people out of past ledgers: found by halves or in every row, in as many turns as it takes."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from email_list.campaigns.erasing import INDEX_LAGS, ROWS_AT_ONCE, Eraser, Past, Search
from email_list.clock import from_iso, iso

NOW = from_iso("2026-11-24T10:00:00.000Z")
ANN = "ann@example.com"


def moment(minute: int) -> str:
    return iso(NOW - timedelta(days=500) + timedelta(minutes=minute))


class Ledgers:
    """Campaigns whose rows hold one person each, by the minute in which they joined, and what was looked at."""

    def __init__(self, **campaigns: Sequence[int]) -> None:
        self.minutes = {name: sorted(minutes) for name, minutes in campaigns.items()}
        self.being_planned: set[str] = set()
        self.not_begun: set[str] = set()
        self.being_sent: set[str] = set()
        self.reads: Counter[str] = Counter()
        self.erased: set[tuple[str, int]] = set()
        self.ends: list[str] = []
        self.now = NOW

    def campaigns(self, first: str | None) -> list[Past]:
        return [self.past(name) for name in sorted(self.minutes, reverse=True) if first is None or name <= first]

    def past(self, name: str) -> Past:
        complete = name not in self.being_planned | self.not_begun
        finished_at = iso(NOW) if complete and name not in self.being_sent else None
        cutoff = None if name in self.not_begun else iso(NOW)
        return Past(name, finished_at, cutoff, len(self.minutes[name]), complete, ANN if self.minutes[name] else "")

    def end(self, campaign_id: str, row: int) -> str:
        self.reads[campaign_id] += 1
        return moment(self.minutes[campaign_id][row - 1])

    def erase(self, campaign_id: str, first: int, last: int, email: str) -> None:
        assert 1 <= first <= last <= len(self.minutes[campaign_id])
        assert last - first < ROWS_AT_ONCE
        self.erased |= {(campaign_id, row) for row in range(first, last + 1)}

    def erase_end(self, campaign_id: str, email: str) -> None:
        self.ends.append(campaign_id)


def run(ledgers: Ledgers, search: Search, turns: Sequence[int] = ()) -> Search | None:
    """Search in turns of so many steps each, and then to the end."""
    eraser, left = Eraser(ledgers, clock=lambda: ledgers.now), iter(turns)
    while True:
        steps = next(left, None)
        budget = [steps] if steps is not None else [10**9]

        def has_time(budget: list[int] = budget) -> bool:
            budget[0] -= 1
            return budget[0] >= 0

        rest = eraser.run(search, has_time)
        if rest is None or rest.is_over:
            return rest
        search = Search(**json.loads(rest.to_json()))


@given(minutes=st.lists(st.integers(0, 60), max_size=300), joined=st.integers(0, 60))
def test_the_rows_that_are_looked_at_hold_everybody_who_joined_then(minutes: list[int], joined: int) -> None:
    ledgers = Ledgers(C1=minutes)
    assert run(ledgers, Search(ANN, [moment(joined)])) is None
    there = {("C1", row) for row, minute in enumerate(ledgers.minutes["C1"], 1) if minute == joined}
    assert there <= ledgers.erased
    assert len(ledgers.erased) <= len(there) + 1


def test_a_search_by_halves_reads_few_rows_of_a_long_plan() -> None:
    ledgers = Ledgers(C1=range(200_000))
    run(ledgers, Search(ANN, [moment(123_456)]))
    assert ledgers.reads["C1"] <= 20
    assert len(ledgers.erased) <= 2


@given(turns=st.lists(st.integers(1, 4), max_size=30), known=st.booleans())
def test_a_search_in_turns_looks_at_everything_that_one_turn_does(turns: list[int], known: bool) -> None:
    search = Search(ANN, [moment(7)] if known else [])
    whole, parts = (Ledgers(C1=range(450), C2=[], C3=[7] * 250) for _ in range(2))
    run(whole, search)
    run(parts, search, turns)
    assert parts.erased == whole.erased
    assert known or len(parts.erased) == 700
    assert set(parts.ends) == {"C1", "C3"}


@given(turns=st.lists(st.integers(1, 3), max_size=10))
def test_campaigns_that_are_being_planned_are_left_for_later_and_looked_at_then(turns: list[int]) -> None:
    ledgers = Ledgers(C1=range(300), C2=range(10), C3=range(300), C4=range(5))
    ledgers.being_planned = {"C2", "C4"}
    later = run(ledgers, Search(ANN), turns)
    assert later == Search(ANN, campaigns=["C4", "C2"], looks=1)
    assert {name for name, _ in ledgers.erased} == {"C1", "C3"}
    ledgers.being_planned = {"C2"}
    last = run(ledgers, Search(**json.loads(later.to_json())), turns)
    assert last == Search(ANN, campaigns=["C2"], looks=2)
    assert ("C4", 5) in ledgers.erased


def test_a_plan_that_is_being_written_is_looked_at_soon_and_ever_more_seldom() -> None:
    ledgers, search, waits = Ledgers(C1=range(3)), Search(ANN), []
    ledgers.being_planned = {"C1"}
    for _ in range(7):
        rest = run(ledgers, search)
        assert rest is not None
        search = rest
        waits.append(search.wait)
    assert waits == [60, 120, 240, 480, 900, 900, 900]
    assert Search(ANN, at="C1").wait == 0


def test_a_campaign_that_is_sent_or_paused_gives_up_the_address_at_once() -> None:
    ledgers = Ledgers(C1=range(300))
    ledgers.being_sent = {"C1"}
    assert run(ledgers, Search(ANN, [moment(3)])) is None
    assert ("C1", 4) in ledgers.erased


def test_nothing_waits_for_a_campaign_whose_planning_has_not_begun() -> None:
    ledgers = Ledgers(C1=[])
    ledgers.not_begun = {"C1"}
    search = Search(ANN, [moment(3)], erased_at=iso(NOW - INDEX_LAGS))
    assert run(ledgers, search) is None
    # Only just after an erasure a planner that begins now might still meet the person.
    just_now = replace(search, erased_at=iso(NOW - INDEX_LAGS + timedelta(seconds=1)))
    later = run(ledgers, just_now)
    assert later == replace(just_now, campaigns=["C1"], looks=1)
    ledgers.now += timedelta(minutes=15)
    assert run(ledgers, Search(**json.loads(later.to_json()))) is None


def test_a_ledger_that_dynamodb_has_deleted_is_not_searched_but_its_campaign_is() -> None:
    ledgers = Ledgers(C1=range(300))
    ledgers.now = NOW + timedelta(days=401)
    assert run(ledgers, Search(ANN, [moment(3)])) is None
    assert not ledgers.reads
    assert ledgers.ends == ["C1"]
