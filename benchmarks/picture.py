"""Draws the curves of benchmarks/results.json as docs/images/benchmarks.svg."""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cost import CASES, USUAL
from benchmarks.figures import Curve
from benchmarks.prices import MILLION, SERVICES, SES_MAIL
from components.packaging import ROOT

PICTURE = ROOT / "docs" / "images" / "benchmarks.svg"

WIDTH, HEIGHT = 360, 250
COLUMNS = 3
MARGIN = 12
LEFT, RIGHT, TOP, BOTTOM = 52, 20, 56, 34
"""Pixels around what is plotted in a panel, for its words."""

INK, MUTED, LINE, PAPER = "#1a1c22", "#5f6570", "#e3e5ea", "#ffffff"
FAR = ("import", "planning")
"""Works whose curves over very large lists are drawn; the others lie close to these."""

OURS, PLAIN = "#1a5fb4", "#9a6700"
SHADES = ("#1a5fb4", "#5b9bd5", "#2e8b70", "#8cc5ae", "#c77d2e", "#8a8f98")
"""One for each service."""


@dataclass(frozen=True)
class Line:
    """A curve with its name; the product's is solid, that of the plain way dashed."""

    name: str
    points: Curve
    plain: bool = False
    above: bool = True
    """Where its name stands beside its last point."""


@dataclass(frozen=True)
class Axis:
    """Values to mark, with their words; the first and the last are its ends. A logarithmic one begins above zero."""

    marks: Mapping[float, str]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """From 0, at the axis's beginning, to 1."""
        low, high = min(self.marks), max(self.marks)
        if self.logarithmic:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)


@dataclass(frozen=True)
class Panel:
    title: str
    subtitle: str
    x: Axis
    y: Axis
    lines: Sequence[Line] = field(default_factory=list)

    def draw(self) -> str:
        grid = "".join(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self._y(value)}" y2="{self._y(value)}" stroke="{LINE}"/>'
            + _text(LEFT - 7, self._y(value) + 4, label, "end")
            for value, label in self.y.marks.items()
        )
        foot = "".join(
            _text(self._x(value), HEIGHT - BOTTOM + 18, word, "middle") for value, word in self.x.marks.items()
        )
        return _heading(self.title, self.subtitle) + grid + foot + "".join(map(self._curve, self.lines))

    def _curve(self, line: Line) -> str:
        color = PLAIN if line.plain else OURS
        places = [(self._x(x), self._y(y)) for x, y in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dashes = ' stroke-dasharray="6 4"' if line.plain else ""
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>' for x, y in places)
        end_x, end_y = places[-1]
        name = _text(end_x, end_y + (-12 if line.above else 20), line.name, "end", color, weight=600)
        return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2.5"{dashes}/>{dots}{name}'

    def _x(self, value: float) -> float:
        return LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        return HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)


def _text(
    x: float, y: float, text: str, anchor: str = "start", color: str = MUTED, size: int = 12, weight: int = 400
) -> str:
    style = f'font-size="{size}" font-weight="{weight}" fill="{color}" text-anchor="{anchor}"'
    halo = f'stroke="{PAPER}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style} {halo}>{html.escape(text)}</text>'


def _heading(title: str, subtitle: str) -> str:
    return _text(0, 16, title, color=INK, size=15, weight=600) + _text(0, 34, subtitle)


def _costs(dollars: Mapping[str, Mapping[str, float]]) -> str:
    """What a million emails cost besides SES's fee, as bars of the services' shares."""
    fee = MILLION * SES_MAIL["accounts since July 2026"]
    widest = 0.05 * fee
    scale = (WIDTH - RIGHT) / widest
    drawn = [
        _heading(
            "Cost of a million emails besides SES's fee",
            f"Dollars at {USUAL:.0f} emails a second; SES charges {fee:.0f}",
        )
    ]
    for share in (0.02, 0.05):
        place = share * fee * scale
        ends = f'x1="{place:.1f}" x2="{place:.1f}" y1="{TOP - 8}" y2="{HEIGHT - 50}"'
        drawn.append(f'<line {ends} stroke="{MUTED}" stroke-dasharray="2 3"/>')
        drawn.append(_text(place, HEIGHT - 38, f"{100 * share:.0f} %", "middle"))
    for row, case in enumerate(CASES):
        parts = dollars[f"{case}, {USUAL:.0f}/s"]
        top = TOP + 8 + 46 * row
        total = sum(parts.values())
        drawn.append(_text(0, top - 4, f"{case}: {total:.2f}, {100 * total / fee:.1f} % of the fee", color=INK))
        left = 0.0
        for service, shade in zip(SERVICES, SHADES, strict=True):
            width = parts[service] * scale
            drawn.append(
                f'<rect x="{left:.1f}" y="{top}" width="{max(0.0, width - 1):.1f}" height="18" fill="{shade}"/>'
            )
            left += width
    left = 0.0
    for name, shade in zip(SERVICES.values(), SHADES, strict=True):
        drawn.append(f'<rect x="{left}" y="{HEIGHT - 27}" width="10" height="10" fill="{shade}"/>')
        drawn.append(_text(left + 14, HEIGHT - 18, name.removeprefix("CloudWatch ")))
        left += 26 + 7 * len(name.removeprefix("CloudWatch "))
    return "".join(drawn)


def _panels(results: Mapping[str, Any]) -> list[str]:
    curves = {name: curve for part in results.values() for name, curve in part["curves"].items()}
    people = Axis({1e3: "1,000", 1e4: "10,000", 1e5: "100,000"}, logarithmic=True)
    many = Axis({1e4: "10,000", 1e5: "100,000", 1e6: "1,000,000"}, logarithmic=True)
    megabytes = Axis({0: "0", 250: "250", 500: "500", 750: "750"})
    one_call_each = [[size, 1000] for size, _ in curves["calls for 1,000 recipients"]]
    return [
        Panel(
            "Share of the account's rate that is used",
            "By emails a second that SES allows",
            Axis({14: "14", 100: "100", 500: "500"}, logarithmic=True),
            Axis({0: "0 %", 0.5: "50 %", 1: "100 %"}),
            [
                Line("email-list", curves["used"], above=False),
                Line("threads", curves["used by threads"], plain=True),
                Line("plain loop", curves["used by a loop"], plain=True),
            ],
        ).draw(),
        Panel(
            "AWS calls for 1,000 recipients",
            "By recipients of a campaign",
            people,
            Axis({0: "0", 500: "500", 1000: "1,000"}),
            [
                Line("email-list", curves["calls for 1,000 recipients"]),
                Line("plain loop", one_call_each, plain=True, above=False),
            ],
        ).draw(),
        _costs(results["cost"]["notes"]["dollars for a million"]),
        Panel(
            "Memory to plan a campaign, MB",
            "By people on the list",
            many,
            megabytes,
            [
                Line("email-list", curves["megabytes to plan"]),
                Line("all at once", curves["megabytes to read all"], plain=True),
            ],
        ).draw(),
        Panel(
            "Memory to import a file, MB",
            "By rows of the file",
            many,
            megabytes,
            [
                Line("email-list", curves["megabytes to import"]),
                Line("all at once", curves["megabytes to read a file"], plain=True),
            ],
        ).draw(),
        Panel(
            "Read units of a page of 100 people",
            "By people on the list",
            people,
            Axis({1: "1", 10: "10", 100: "100", 1000: "1,000", 10_000: "10,000"}, logarithmic=True),
            [
                Line("email-list", curves["units of a page"]),
                Line("scan", curves["units of a scan"], plain=True),
            ],
        ).draw(),
        _far(
            "Minutes for the whole list",
            curves,
            "minutes",
            Axis({0.01: "0.01", 1: "1", 60: "60", 1000: "1,000"}, logarithmic=True),
        ),
        _far(
            "Dollars for the whole list",
            curves,
            "dollars",
            Axis({1e-5: "0.00001", 1e-3: "0.001", 0.1: "0.1", 10: "10", 100: "100"}, logarithmic=True),
        ),
    ]


def _far(title: str, curves: Mapping[str, Curve], what: str, y: Axis) -> str:
    size = Axis({1e4: "10,000", 1e5: "100,000", 1e6: "1 million", 1e7: "10 million"}, logarithmic=True)
    lines = [Line(name, curves[f"{what} of {name}"]) for name in FAR]
    return Panel(title, "By people on the list", size, y, lines).draw()


def picture(results: Mapping[str, Any]) -> str:
    """All panels, side by side and below one another, as SVG."""
    panels = _panels(results)
    step_x, step_y = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    corners = [(MARGIN + at % COLUMNS * step_x, MARGIN + at // COLUMNS * step_y) for at in range(len(panels))]
    placed = "".join(
        f'<g transform="translate({x},{y})">{panel}</g>' for (x, y), panel in zip(corners, panels, strict=True)
    )
    width, height = COLUMNS * step_x, math.ceil(len(panels) / COLUMNS) * step_y
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" role="img" '
        'aria-label="Curves of the benchmarks compared with the plain way">'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{placed}</svg>\n'
    )
