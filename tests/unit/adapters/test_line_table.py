"""The line of senders in the records table, as moto emulates DynamoDB."""

from typing import Any

import pytest

from email_list.aws.line_table import LineTable


@pytest.fixture
def line(table: Any) -> LineTable:
    return LineTable(table)


def test_a_line_that_never_was_can_only_be_begun(line: LineTable) -> None:
    moved, row = line.advance(1.5, earliest=99, latest=101)
    assert not moved
    assert row.free_at == 0
    moved, row = line.restart(earliest=100, seconds=1)
    assert moved
    assert row.free_at == 101


def test_a_line_moves_on_within_its_bounds_and_shows_where_it_is_when_it_does_not(line: LineTable) -> None:
    line.restart(earliest=100, seconds=0)
    assert [line.advance(1.5, earliest=99, latest=101)[0] for _ in range(2)] == [True, False]
    moved, row = line.advance(1.5, earliest=99, latest=101)
    assert (moved, row.free_at) == (False, 101.5)
    moved, row = line.restart(earliest=101, seconds=1)
    assert (moved, row.free_at) == (False, 101.5)
    assert line.line().free_at == 101.5


@pytest.mark.parametrize("room", [None, 0.0, 180.5])
def test_a_line_remembers_the_account_and_refusals(line: LineTable, room: float | None) -> None:
    line.note_account(14.0, room, 5.0)
    row = line.note_refusal(2, 6.0, 7.0)
    assert (row.rate, row.room, row.rate_read_at) == (14.0, room, 5.0)
    assert (row.bulk_refusals, row.bulk_refused_at, row.singles_until) == (2, 6.0, 7.0)
    assert line.line() == row
    moved, seen = line.advance(1, earliest=99, latest=101)
    assert not moved
    assert seen == row
