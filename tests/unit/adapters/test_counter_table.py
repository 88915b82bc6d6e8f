"""Counters in DynamoDB, as moto emulates it, and the fake that other tests use: both keep the same promises."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from email_list.aws.counter_table import MAX_SOURCES, MAX_TRANSACTION, CounterTable, CountingStoppedError
from email_list.aws.recount_table import RecountTable
from email_list.errors import ConflictError
from email_list.figures.counting import Change
from email_list.figures.growth import DAYS, NOBODY, TOTALS, Fact, Kind, Standing
from tests.unit.domain.counter_world import FakeCounters

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(params=["production", "fake"])
def counters(request: pytest.FixtureRequest) -> Any:
    return RecountTable(request.getfixturevalue("table")) if request.param == "production" else FakeCounters()


def joining(number: int, source: str = "form", day: str = "2026-11-24") -> Change:
    at = f"{day}T10:00:00.000Z"
    after = Standing("active", frozenset({Fact(at, Kind.JOINED, source)}))
    return Change(f"event-{number}", number, f"person-{number}", NOBODY, after, at)


def test_many_changes_are_few_transactions_each_within_the_limit(table: Any) -> None:
    sizes = watch_transactions(table)
    counters = RecountTable(table)
    changes = [joining(number) for number in range(120)] + [joining(1000 + n, f"site {n}") for n in range(60)]
    counters.count(changes)
    assert counters.read(TOTALS) == {"active": 180}
    assert len(sizes) <= 4
    assert max(sizes) <= MAX_TRANSACTION


def test_changes_without_an_effect_cost_nothing(table: Any) -> None:
    sizes = watch_transactions(table)
    RecountTable(table).count([Change("event-1", 1, "person", NOBODY, NOBODY, "2026-11-24T10:00:00.000Z")])
    assert sizes == []


def test_what_was_counted_is_reported_once(counters: Any) -> None:
    assert counters.count([joining(1), joining(2)])[TOTALS, "active"] == 2
    assert counters.count([joining(2), joining(3)])[TOTALS, "active"] == 1
    assert counters.count([joining(3)]) == Counter()


def test_a_transaction_that_collides_with_another_is_tried_again(table: Any) -> None:
    fail_once(table, "TransactionConflict", position=1)
    counters = RecountTable(table)
    counters.count([joining(1), joining(2)])
    assert counters.read(TOTALS) == {"active": 2}


def test_other_errors_are_raised_and_count_nothing_twice(table: Any) -> None:
    fail_once(table, "ItemCollectionSizeLimitExceeded", position=0)
    counters = RecountTable(table)
    with pytest.raises(ClientError):
        counters.count([joining(1)])
    counters.count([joining(1)])
    assert counters.read(TOTALS) == {"active": 1}


def test_so_many_sources_are_told_apart_and_no_more(table: Any) -> None:
    counters = CounterTable(table)
    first = [f"shop-{number}" for number in range(MAX_SOURCES)]
    assert [counters.source(name) for name in first] == first
    assert [counters.source(name) for name in ("late", "form", "import", "reactivated")] == [
        *("other", "form", "import", "reactivated")
    ]
    # Another function, which knows nothing yet, answers alike.
    assert [CounterTable(table).source(name) for name in ("shop-7", "late")] == ["shop-7", "other"]


def test_marks_outlive_the_stream(table: Any) -> None:
    RecountTable(table, clock=lambda: START).count([joining(1)])
    mark = table.get_item(Key={"pk": "COUNTED#event-1", "sk": "-"})["Item"]
    assert float(mark["expires_at"]) - START.timestamp() > 2 * 24 * 3600


def test_two_recounts_do_not_run_at_once_but_a_dead_one_is_replaced(table: Any) -> None:
    now = START
    counters = RecountTable(table, clock=lambda: now)
    first = counters.open_run()
    with pytest.raises(ConflictError):
        counters.open_run()
    now += timedelta(minutes=21)
    second = counters.open_run()
    with pytest.raises(LookupError):
        counters.stop_counting(first)
    counters.end_run(first)
    counters.stop_counting(second)
    with pytest.raises(CountingStoppedError):
        counters.count([joining(1)])


def test_a_recount_that_died_holds_up_the_counting_for_minutes_only(table: Any) -> None:
    now = START
    counters = RecountTable(table, clock=lambda: now)
    counters.stop_counting(counters.open_run())
    with pytest.raises(CountingStoppedError):
        counters.count([joining(1)])
    now += timedelta(minutes=21)
    counters.count([joining(1)])
    assert counters.read(TOTALS) == {"active": 1}


def test_a_recount_of_many_turns_keeps_its_place(table: Any) -> None:
    now = START
    counters = RecountTable(table, clock=lambda: now)
    run = counters.open_run()
    for _ in range(3):
        now += timedelta(minutes=15)
        counters.keep_run(run)
    with pytest.raises(ConflictError):
        counters.open_run()
    now += timedelta(minutes=21)
    with pytest.raises(LookupError):
        counters.keep_run(run)


def test_counting_that_began_before_a_recount_is_noted_all_the_same(table: Any) -> None:
    counters = RecountTable(table)
    runs: list[str] = []
    interrupt(table, lambda: runs.append(counters.open_run()))
    counters.count([joining(1)])
    assert [note.person for note in counters.notes(runs[0])] == ["person-1"]
    assert counters.read(TOTALS) == {"active": 1}


def test_a_recount_that_lost_its_place_corrects_nothing(table: Any) -> None:
    counters = RecountTable(table)
    with pytest.raises(RuntimeError):
        counters.correct("another run", {(TOTALS, "active"): 5})
    assert counters.read(TOTALS) == {}


def test_days_are_read_from_the_first_to_the_last(counters: Any) -> None:
    counters.count([joining(day, day=f"2026-11-{day}") for day in (19, 20, 21, 22)])
    found = counters.read(DAYS, "2026-11-20", "2026-11-21")
    assert sorted(found) == ["2026-11-20#joined#form", "2026-11-21#joined#form"]


def test_a_run_notes_what_is_counted_and_how_people_stand_after_it(counters: Any) -> None:
    counters.count([joining(1)])
    run = counters.open_run()
    counters.count([joining(1), joining(2)])
    counters.stop_counting(run)
    with pytest.raises(CountingStoppedError):
        counters.count([joining(3)])
    (note,) = counters.notes(run)
    assert (note.person, note.order) == ("person-2", 2)
    assert sorted(note.counters) == [(DAYS, "2026-11-24#joined#form"), (TOTALS, "active")]
    counters.correct(run, {(TOTALS, "active"): 5})
    counters.end_run(run)
    counters.count([joining(3)])
    assert counters.read(TOTALS) == {"active": 6}


# Between the table and DynamoDB


def watch_transactions(table: Any) -> list[int]:
    sizes: list[int] = []
    _before_transactions(table, lambda items: sizes.append(len(items)))
    return sizes


def fail_once(table: Any, code: str, position: int) -> None:
    failures = [code]

    def fail(items: Sequence[Any]) -> None:
        if failures:
            reasons = [{"Code": "None"} for _ in items]
            reasons[position] = {"Code": failures.pop()}
            answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(answer, "TransactWriteItems")

    _before_transactions(table, fail)


def interrupt(table: Any, act: Callable[[], None]) -> None:
    acts = [act]

    def interrupted(items: Sequence[Any]) -> None:
        if acts:
            acts.pop()()

    _before_transactions(table, interrupted)


def _before_transactions(table: Any, act: Callable[[Sequence[Any]], None]) -> None:
    client = table.meta.client
    write = client.transact_write_items

    def watched(TransactItems: Sequence[Any]) -> Any:
        act(TransactItems)
        return write(TransactItems=TransactItems)

    client.transact_write_items = watched
