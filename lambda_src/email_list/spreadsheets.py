"""CSV that is safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_DELIMITERS = r",;|\t\r\n"
"""Where spreadsheets split cells, each by its language and settings: at a delimiter that is not the file's own, even
inside quotes, because a quote counts only at the beginning of a cell."""

_SIGNS = r"=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
"""How formulas begin; programs for East Asian languages also read full-width and small forms."""

_FORMULA = re.compile(rf"(^|[{_DELIMITERS}])(?=[ '\"]*[{_SIGNS}])")
_DISARMED = re.compile(rf"(^|[{_DELIMITERS}])'(?=[ '\"]*[{_SIGNS}])")


def csv_line(cells: Iterable[Any]) -> str:
    """One line, in which no text can be taken for a formula (OWASP, CSV injection): each gets a quote in front."""
    line = io.StringIO()
    csv.writer(line).writerow([_FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue()


def as_meant(cell: str) -> str:
    """A cell as it was before it was made harmless, exactly: without the quotes that `csv_line` added."""
    return _DISARMED.sub(r"\1", cell)
