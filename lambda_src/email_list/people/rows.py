"""CSV rows out of a stream of bytes, one row at a time, each with the position where the next one begins.

A row that cannot be read costs itself and no other: if a quote is never closed, the lines after it, which CSV would
take for part of that cell, are read as rows of their own.

Files are UTF-8, with or without a byte order mark. Nothing else is guessed: other encodings can be recognised by their
byte order mark or not at all, and text that was guessed wrong would be stored and emailed that way.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from email_list.fields import UNREADABLE

MAX_LINE = 64 * 1024
"""Bytes per line, and characters per row; ten times the longest that the limits of a subscriber's fields allow."""

MAX_LINES = 50
"""Lines per row, whose cells may contain line breaks."""

SHOWN = 100
"""Characters of an unreadable row that are shown, to find it by."""

DELIMITERS = ",;\t"

_AGAIN = 'Save the file as "CSV UTF-8" and import it again'
NOT_UTF_8 = f"not UTF-8 text. {_AGAIN}"
NULL = f"with a null character in it, which no text has. {_AGAIN}"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_LINE_END = re.compile(rb"\r\n?|\n")
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[\r\n ]*', re.IGNORECASE)
"""The line that tells Excel the delimiter; Excel hides it, and so does not count it as a row."""

_QUOTED = re.compile('"[^"]*"?')


@dataclass(frozen=True)
class Row:
    """One row: its fields, or how it begins and why it cannot be read.

    `number` is the row's number in a spreadsheet, where the header is row 1; `end` is the byte offset after it.
    """

    fields: list[str]
    end: int
    number: int
    problem: str | None = None


def read(chunks: Iterable[bytes], offset: int, delimiter: str, number: int = 0) -> Iterator[Row]:
    """The rows in `chunks`, which begin at byte `offset` of their file, after the row `number`.

    Rows that contain only delimiters and spaces are skipped, but counted as a spreadsheet counts them. Lines end as on
    Windows, on Unix, or as on an old Mac.
    """
    lines = _Lines(chunks, offset)
    while True:
        record = _Record(lines)
        number += 1
        try:
            fields = next(csv.reader(record, delimiter=delimiter, strict=True, skipinitialspace=True))
        except StopIteration:
            return
        except (csv.Error, _UnreadableError) as error:
            first, last = record.lines[0], record.lines[-1]
            unclosed = len(record.lines) > 1 or str(error) == "unexpected end of data"
            problem = last.problem or f"not valid CSV: {'a quote is opened but not closed' if unclosed else error}"
            lines.put_back(record.lines[1:])
            yield Row([first.text.strip()[:SHOWN]], first.end, number, problem)
        else:
            if number == 1 and record.begins_file and _SEPARATOR.fullmatch(record.lines[0].text):
                number = 0
            elif any(map(str.strip, fields)):
                yield Row(fields, record.lines[-1].end, number)


def delimiter_of(head: bytes) -> str:
    """The delimiter that a file's first line names, or that its header row uses most outside quotes; a comma if it has
    one column."""
    first = _LINE_END.split(head[:MAX_LINE], maxsplit=1)[0].decode("utf-8-sig", errors="replace")
    named = _SEPARATOR.fullmatch(first)
    if named:
        return named[1]
    unquoted = _QUOTED.sub("", first)
    return max(DELIMITERS, key=unquoted.count)


@dataclass(frozen=True)
class _Line:
    text: str
    end: int
    problem: str | None = None


class _UnreadableError(Exception):
    """A row cannot be read any further."""


class _Record:
    """The lines that a CSV reader takes for one row, remembered."""

    def __init__(self, source: "_Lines") -> None:
        self.lines: list[_Line] = []
        self.begins_file = source.at_the_beginning
        self._source = source
        self._size = 0

    def __iter__(self) -> "_Record":
        return self

    def __next__(self) -> str:
        line = next(self._source)
        self.lines.append(line)
        self._size += len(line.text)
        if line.problem or self._size > MAX_LINE or len(self.lines) > MAX_LINES:
            raise _UnreadableError
        return line.text


class _Lines:
    """Decoded lines with their ends."""

    def __init__(self, chunks: Iterable[bytes], offset: int) -> None:
        self._chunks = iter(chunks)
        self._buffer = b""
        self._start = 0
        self._position = offset
        self._returned: deque[_Line] = deque()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> _Line:
        return self._returned.popleft() if self._returned else self._decoded(*self._next_line())

    def put_back(self, lines: list[_Line]) -> None:
        """Lines that will be read again."""
        self._returned.extendleft(reversed(lines))

    @property
    def at_the_beginning(self) -> bool:
        """Whether the next line is the file's first."""
        return self._position == 0 and not self._returned

    def _decoded(self, line: bytes, length: int) -> _Line:
        at_the_beginning = self._position == 0
        self._position += length
        shown = line[:SHOWN].decode(errors="replace")
        if length > MAX_LINE:
            return _Line(shown, self._position, f"longer than {MAX_LINE} bytes")
        if at_the_beginning and line.startswith(_UTF_16):
            return _Line("", self._position, f"in UTF-16, which is {NOT_UTF_8}")
        try:
            text = line.decode("utf-8-sig" if at_the_beginning else "utf-8")
        except UnicodeDecodeError:
            return _Line(shown, self._position, NOT_UTF_8)
        if "\0" in text:
            return _Line(shown, self._position, NULL)
        if UNREADABLE in text:
            # Something has decoded it already, and wrongly: an earlier export, or the gateway that passed it on.
            return _Line(shown, self._position, NOT_UTF_8)
        return _Line(text, self._position)

    def _next_line(self) -> tuple[bytes, int]:
        """The next line with its end, and its length; of one that is too long, only the beginning."""
        parts: list[bytes] = []
        length = 0
        while True:
            end = self._line_end()
            piece = self._buffer[self._start : end or len(self._buffer)]
            self._start += len(piece)
            if length <= MAX_LINE:
                parts.append(piece)
            length += len(piece)
            if end:
                break
            self._buffer, self._start = next(self._chunks, b""), 0
            if not self._buffer:
                break
        if not length:
            raise StopIteration
        return b"".join(parts), length

    def _line_end(self) -> int | None:
        """Where the line ends in the buffer; None if it continues in the next chunk."""
        found = _LINE_END.search(self._buffer, self._start)
        if found and found.group() == b"\r" and found.end() == len(self._buffer):
            # The other half of a Windows line end may arrive with the next chunk.
            self._buffer = self._buffer[self._start :] + next(self._chunks, b"")
            self._start = 0
            found = _LINE_END.search(self._buffer)
        return found.end() if found else None
