"""CSV out of a stream: the same rows however the bytes arrive, and a place to go on from after each."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_list.people import rows

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff\ufffd"), max_size=20)
cells = texts.map(lambda text: text.lstrip(" "))
full = st.lists(cells, min_size=1, max_size=4).filter(lambda row: any(map(str.strip, row)))
tables = st.lists(full, max_size=8).filter(lambda table: not table or not table[0][0].lower().startswith("sep="))


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
        assert row.number == number
        rest = list(rows.read(pieces(data[row.end :], size), row.end, ",", row.number))
        assert [later.fields for later in rest] == table[number:]
        assert [later.number for later in rest] == list(range(number + 1, len(table) + 1))


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


@pytest.mark.parametrize(
    ("head", "delimiter"),
    [
        (b"email\na;b;c", ","),
        (b"email,name", ","),
        (b"email;name\r\na,b,c,d", ";"),
        (b"email\tname\ra,b,c", "\t"),
        (b'email;"name, first, and last"\n', ";"),
        (b"sep=;\r\nemail,name\n", ";"),
        (b'\xef\xbb\xbf"sep=\t"\r\n', "\t"),
        (b"SEP=|\n", "|"),
    ],
)
def test_the_delimiter_is_taken_from_the_first_line(head: bytes, delimiter: str) -> None:
    assert rows.delimiter_of(head) == delimiter


def test_spaces_after_a_delimiter_are_no_part_of_a_cell() -> None:
    (row,) = rows.read([b'a@x.org , Ann, "Ulm, Bad", "{""a"": 1}"\n'], 0, ",")
    assert row.fields == ["a@x.org ", "Ann", "Ulm, Bad", '{"a": 1}']


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    data = b'sep=,\r\nemail,name\r\n\r\na@x.org,"two\r\nlines"\r\n , \r\n,\r\nb@x.org,B\r\n'
    assert [(row.number, row.fields[0]) for row in rows.read([data], 0, ",")] == [
        (1, "email"),
        (3, "a@x.org"),
        (6, "b@x.org"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("J\u00f6rg".encode("latin-1"), rows.NOT_UTF_8, id="latin-1"),
        pytest.param("\u0416".encode("cp1251"), rows.NOT_UTF_8, id="cyrillic"),
        pytest.param("J\ufffdrg".encode(), rows.NOT_UTF_8, id="decoded wrong before"),
        pytest.param(b"J\x00rg", rows.NULL, id="null character"),
    ],
)
def test_a_row_whose_letters_are_lost_is_refused_with_the_way_to_fix_it(line: bytes, problem: str) -> None:
    read = list(rows.read([b"a@x.org," + line + b"\nb@x.org,B\n"], 0, ","))
    assert [row.problem for row in read] == [problem, None]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_file_in_utf_16_says_so_in_its_first_row(encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    first = next(rows.read([mark + "email\r\na@x.org\r\n".encode(encoding)], 0, ","))
    assert first.problem is not None
    assert first.problem.startswith("in UTF-16")


@given(tables, st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 50))
def test_lines_end_as_on_any_machine(table: list[list[str]], line_end: str, size: int) -> None:
    flat = [[cell.replace("\n", "_") for cell in row] for row in table]
    data = encode(flat).replace(b"\n", line_end.encode())
    assert [row.fields for row in rows.read(pieces(data, size), 0, ",")] == flat


@given(tables, tables, st.integers(1, 50))
def test_a_quote_that_is_never_closed_costs_its_own_row_alone(
    before: list[list[str]], after: list[list[str]], size: int
) -> None:
    plain = [[re.sub(r'[",\n]', "_", cell) for cell in row] for row in after]
    plain = [row for row in plain if any(map(str.strip, row))]
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
