"""The colours of pages and emails, which are readable whatever accent an operator chooses.

Colours are `#rrggbb`. Contrast is that of WCAG 2.2: 4.5 for text (AA), 3 for the edges of controls.
"""

import re
from collections.abc import Sequence

AA_TEXT = 4.5

WHITE = "#ffffff"
BLACK = "#000000"

LIGHT = {
    "page": "#f3f4f7",
    "surface": "#ffffff",
    "ink": "#1a1c22",
    "muted": "#555b67",
    "line": "#dde0e7",
    "edge": "#767d8a",
    "danger": "#b3261e",
    "success": "#1b6b3c",
}
DARK = {
    "page": "#101216",
    "surface": "#1a1d23",
    "ink": "#eceef2",
    "muted": "#a9b0bc",
    "line": "#30353f",
    "edge": "#7f8795",
    "danger": "#ff8f85",
    "success": "#7fd69a",
}

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_MIXING_STEPS = 40


def palette(accent_color: str, base: dict[str, str]) -> dict[str, str]:
    """The colours of one scheme, by the names the style sheet uses.

    `accent` fills buttons as configured, `on-accent` is the text on it, `link` is the accent in a shade that is
    readable on the page. `on-danger` is the text on a filled danger button.
    """
    return base | {
        "accent": accent_color,
        "on-accent": text_on(accent_color),
        "link": readable(accent_color, (base["page"], base["surface"])),
        "on-danger": text_on(base["danger"]),
    }


def is_color(value: str) -> bool:
    """Whether `value` is a colour that this module, and a style sheet, can use unchanged."""
    return _HEX.fullmatch(value) is not None


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 (the same) to 21 (black and white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """White if it is readable, otherwise black: one of them always reaches 4.5 (their product is 21)."""
    return WHITE if contrast(WHITE, background) >= AA_TEXT else BLACK


def readable(color: str, surfaces: Sequence[str], minimum: float = AA_TEXT) -> str:
    """`color`, or the least darker or lighter shade that has `minimum` contrast on every surface."""
    goal = text_on(surfaces[0])
    for step in range(_MIXING_STEPS):
        mixed = _mix(color, goal, step / _MIXING_STEPS)
        if all(contrast(mixed, surface) >= minimum for surface in surfaces):
            return mixed
    return goal


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it for sRGB."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(color: str, goal: str, share: float) -> str:
    pairs = zip(_channels(color), _channels(goal), strict=True)
    return "#" + "".join(f"{round(start + (end - start) * share):02x}" for start, end in pairs)
