"""CSV out of a stream: the same rows however the bytes arrive, and a place to go on from after each."""

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from email_list.people import rows

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=20)
tables = st.lists(st.lists(cells, min_size=1, max_size=4).filter(any), max_size=8)


def encode(table: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(tables, st.integers(1, 50))
def test_rows_do_not_depend_on_how_the_bytes_arrive(table: list[list[str]], size: int) -> None:
    assert [row.fields for row in rows.read(pieces(encode(table), size), 0, ",")] == table


@given(tables, st.integers(1, 50))
def test_reading_goes_on_behind_any_row(table: list[list[str]], size: int) -> None:
    data = encode(table)
    for number, row in enumerate(rows.read([data], 0, ","), 1):
        rest = rows.read(pieces(data[row.end :], size), row.end, ",")
        assert [later.fields for later in rest] == table[number:]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_give_rows_or_problems_and_are_read_to_their_end(data: bytes, size: int) -> None:
    read = list(rows.read(pieces(data, size), 0, ","))
    assert all(row.fields or row.problem for row in read)
    assert [row.end for row in read] == sorted(row.end for row in read)
    assert not read or read[-1].end <= len(data)


def test_a_line_of_any_length_is_never_held_whole() -> None:
    def endless():
        yield b"a@x.org\n"
        for _ in range(1000):
            yield b"x" * 100_000
        yield b"\nb@x.org\n"

    read = list(rows.read(endless(), 0, ","))
    assert [row.problem for row in read] == [None, f"longer than {rows.MAX_LINE} bytes", None]
    assert read[2].fields == ["b@x.org"]


def test_the_delimiter_is_taken_from_the_header() -> None:
    headers = (b"email\na;b;c", b"email,name", b"email;name\r\na,b,c,d", b"email\tname\ra,b,c")
    assert [rows.delimiter_of(header) for header in headers] == [",", ",", ";", "\t"]


@given(tables, st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 50))
def test_lines_end_as_on_any_machine(table: list[list[str]], line_end: str, size: int) -> None:
    flat = [[cell.replace("\n", " ") for cell in row] for row in table]
    data = encode(flat).replace(b"\n", line_end.encode())
    assert [row.fields for row in rows.read(pieces(data, size), 0, ",")] == flat


@given(tables, tables, st.integers(1, 50))
def test_a_quote_that_is_never_closed_costs_its_own_row_alone(
    before: list[list[str]], after: list[list[str]], size: int
) -> None:
    plain = [[re.sub(r'[",\n]', " ", cell) for cell in row] for row in after]
    data = encode(before) + b'"open@x.org,Ann\n' + encode(plain)
    read = list(rows.read(pieces(data, size), 0, ","))
    broken = read.pop(len(before))
    assert broken.problem
    assert broken.fields == ['"open@x.org,Ann']
    assert [row.fields for row in read] == before + plain


def test_a_file_of_open_quotes_is_read_in_bounded_time() -> None:
    data = b'"open@x.org,Ann\n' * 1999 + b"a@x.org,Ann\n"
    read = list(rows.read([data], 0, ","))
    assert len(read) == 2000
    assert read[-1].fields == ["a@x.org", "Ann"]
