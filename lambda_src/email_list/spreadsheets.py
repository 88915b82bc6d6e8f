"""CSV that is safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""How a text begins that a spreadsheet would take for a formula, however many quotes stand before it."""


def csv_line(cells: Iterable[Any]) -> str:
    """One line, in which no text can be taken for a formula (OWASP, CSV injection)."""
    line = io.StringIO()
    csv.writer(line).writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue()


def as_meant(cell: str) -> str:
    """A cell as it was before it was made harmless, exactly: `as_meant` takes off the quote that `csv_line` put on."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text
