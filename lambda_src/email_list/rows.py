"""CSV rows out of a stream of bytes, a row at a time, each with the position where the next one begins."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_LINE = 64 * 1024
"""Bytes; ten times the longest row that the bounds of a subscriber's fields allow."""

DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Row:
    """One row: its fields, or what kept it from being read; `end` is the byte offset behind it."""

    fields: list[str]
    end: int
    problem: str | None = None


def read(chunks: Iterable[bytes], offset: int, delimiter: str) -> Iterator[Row]:
    """The rows in `chunks`, which begin at byte `offset` of their file. Empty lines are passed over."""
    lines = _Lines(chunks, offset)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        problem, fields = None, []
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"not valid CSV: {error}"
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        problem = lines.take_problem() or problem
        if fields or problem:
            yield Row(fields, lines.position, problem)


def delimiter_of(header: str) -> str:
    """The delimiter that a header row uses most; a comma when it has one column."""
    return max(DELIMITERS, key=header.count)


class _Lines:
    """Decoded lines, and how far they have been read. A line that cannot be used is replaced by an empty one."""

    def __init__(self, chunks: Iterable[bytes], offset: int) -> None:
        self.position = offset
        self._chunks = iter(chunks)
        self._buffer = b""
        self._problem: str | None = None

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._next_line()
        if len(line) > MAX_LINE:
            self._problem = f"longer than {MAX_LINE} bytes"
            return "\n"
        try:
            return line.decode("utf-8-sig" if self.position == len(line) else "utf-8").replace("\0", "�")
        except UnicodeDecodeError:
            self._problem = "not UTF-8 text"
            return "\n"

    def take_problem(self) -> str | None:
        """What was wrong with a line since this was asked last."""
        problem, self._problem = self._problem, None
        return problem

    def _next_line(self) -> bytes:
        """The next line with its end; of one that is too long only as much as shows that it is."""
        parts, length, consumed = [], 0, 0
        while True:
            end = self._buffer.find(b"\n") + 1
            piece = self._buffer[:end] if end else self._buffer
            self._buffer = self._buffer[len(piece) :]
            consumed += len(piece)
            if length <= MAX_LINE:
                parts.append(piece)
                length += len(piece)
            if end:
                break
            self._buffer = next(self._chunks, b"")
            if not self._buffer:
                break
        self.position += consumed
        if not consumed:
            raise StopIteration
        return b"".join(parts)
