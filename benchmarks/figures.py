"""What a benchmark finds: figures for the table, and curves for the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Curve = Sequence[Sequence[float]]
"""Points, each x and y."""


@dataclass(frozen=True)
class Aim:
    """What a figure is to be: no less than `least`, no more than `most`."""

    least: float | None = None
    most: float | None = None

    def is_met(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return f">= {shown(self.least)}" if self.least is not None else f"<= {shown(self.most or 0)}"


@dataclass(frozen=True)
class Figure:
    """One measured value. `plain` is the same of the plain way, measured in the same run.

    A figure that is not `exact` depends on the machine: only its ratio to `plain` says something elsewhere.
    """

    name: str
    value: float
    unit: str = ""
    plain: float | None = None
    aim: Aim | None = None
    exact: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times the plain way's."""
        return self.value / self.plain if self.plain else None

    def to_json(self) -> dict[str, Any]:
        """Rounded to what is worth comparing."""
        document = {
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "plain": None if self.plain is None else rounded(self.plain),
            "ratio": None if self.ratio is None else rounded(self.ratio),
            "exact": self.exact,
            "aim": str(self.aim) if self.aim else None,
            "met": self.aim.is_met(self.value) if self.aim else None,
        }
        return {name: value for name, value in document.items() if value not in (None, "")}


@dataclass(frozen=True)
class Findings:
    """What one benchmark found. `curves` are drawn by `benchmarks.picture`, which knows them by name."""

    figures: Sequence[Figure]
    curves: Mapping[str, Curve] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What else is worth keeping, such as counted calls by service."""

    def to_json(self) -> dict[str, Any]:
        curves = {name: [[rounded(x), rounded(y)] for x, y in curve] for name, curve in self.curves.items()}
        return {"figures": [figure.to_json() for figure in self.figures], "curves": curves, "notes": dict(self.notes)}


def rounded(value: float) -> float:
    """Four digits."""
    return int(value) if float(value).is_integer() else float(f"{value:.4g}")


def shown(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(parts: Mapping[str, Findings]) -> str:
    """All figures in one table."""
    rows = [("", "figure", "value", "unit", "plain way", "ratio", "aim", "")]
    for part, findings in parts.items():
        for figure in findings.figures:
            verdict = "" if figure.aim is None else "met" if figure.aim.is_met(figure.value) else "MISSED"
            aim = str(figure.aim or "")
            cells = [shown(figure.value), figure.unit, shown(figure.plain), shown(figure.ratio), aim, verdict]
            rows.append((part, figure.name, *cells))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = {2, 4, 5, 6}
    lines = [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
