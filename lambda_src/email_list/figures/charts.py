"""Charts that every mail client shows: bars made of table cells, with no picture, script or style sheet."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

BAR_HEIGHT = 12
"""Pixels."""


def escaped(text: str) -> str:
    """Text for HTML that becomes part of a letter: without braces, which would be taken for Handlebars."""
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")


@dataclass(frozen=True)
class Piece:
    """A part of a bar: its amount, and its colour as `#rrggbb`."""

    amount: float
    color: str


@dataclass(frozen=True)
class Bar:
    """One line of a chart: what it is about, its pieces from the left, and the figures in words."""

    label: str
    pieces: Sequence[Piece]
    figures: str

    @property
    def total(self) -> float:
        return sum(piece.amount for piece in self.pieces)


def chart(bars: Sequence[Bar], label_width: int = 110, figures_width: int = 90) -> str:
    """A table with one row per bar; the longest bar fills the space between label and figures (pixels)."""
    longest = max((bar.total for bar in bars), default=0)
    rows = "".join(_row(bar, longest, label_width, figures_width) for bar in bars)
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="margin:0 0 16px;border-collapse:collapse;font-size:14px;line-height:1.3">{rows}</table>'
    )


def _row(bar: Bar, longest: float, label_width: int, figures_width: int) -> str:
    return (
        f'<tr><td width="{label_width}" style="padding:3px 8px 3px 0;vertical-align:middle">{escaped(bar.label)}</td>'
        f'<td style="padding:3px 0;vertical-align:middle">{_pieces(bar, longest)}</td>'
        f'<td width="{figures_width}" align="right" style="padding:3px 0 3px 8px;vertical-align:middle;'
        f'text-align:right;white-space:nowrap">{escaped(bar.figures)}</td></tr>'
    )


def _pieces(bar: Bar, longest: float) -> str:
    """A table as wide as the space allows, its cells as wide as their share of the longest bar."""
    if not longest:
        return "&nbsp;"
    shares = [(round(100 * piece.amount / longest), piece.color) for piece in bar.pieces if piece.amount]
    rest = 100 - sum(share for share, _ in shares)
    cells = "".join(
        _cell(max(share, 1), f' bgcolor="{color}"', f"background-color:{color};") for share, color in shares
    )
    if rest > 0:
        cells += _cell(rest, "", "")
    return (
        '<table role="presentation" aria-hidden="true" width="100%" cellpadding="0" cellspacing="0" border="0" '
        f'style="border-collapse:collapse"><tr>{cells}</tr></table>'
    )


def _cell(share: int, color: str, style: str) -> str:
    height = f"height:{BAR_HEIGHT}px;line-height:{BAR_HEIGHT}px;font-size:1px"
    return f'<td width="{share}%" height="{BAR_HEIGHT}"{color} style="{style}{height}">&nbsp;</td>'
