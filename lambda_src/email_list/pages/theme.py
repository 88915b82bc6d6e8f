"""How the pages of one list look: its name, colours and language."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from email_list.pages import colors
from email_list.pages.texts import DEFAULT_LANGUAGE, languages

_STYLE = Path(__file__).parent / "templates" / "style.css"

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


@dataclass(frozen=True)
class Theme:
    """One list's pages. `accent_color` is `#rrggbb`; the links are absolute `https:` or `http:` addresses.

    ValueError names the field that cannot be used.
    """

    list_name: str
    accent_color: str = "#1a5fb4"
    language: str = DEFAULT_LANGUAGE
    privacy_url: str | None = None
    home_url: str | None = None
    postal_address: str = ""

    def __post_init__(self) -> None:
        if not colors.is_color(self.accent_color):
            raise ValueError(f"accent_color must look like #1a5fb4, not {self.accent_color!r}.")
        if self.language not in languages():
            raise ValueError(f"language must be one of {', '.join(languages())}, not {self.language!r}.")
        for field in ("privacy_url", "home_url"):
            url = getattr(self, field)
            if url is not None and urlsplit(url).scheme not in ("https", "http"):
                raise ValueError(f"{field} must begin with https://, not {url!r}.")

    @property
    def initial(self) -> str:
        """The letter that stands for the list in its mark; empty for a name without any."""
        return next((char.upper() for char in self.list_name if char.isalnum()), "")


def palette(accent_color: str, base: dict[str, str]) -> dict[str, str]:
    """The colours of one scheme, by the names the style sheet uses.

    `accent` fills buttons as configured, `on-accent` is the text on it, `link` the accent as it can be read
    on the page. `on-danger` is the text on a filled danger button.
    """
    return base | {
        "accent": accent_color,
        "on-accent": colors.text_on(accent_color),
        "link": colors.readable(accent_color, (base["page"], base["surface"])),
        "on-danger": colors.text_on(base["danger"]),
    }


@cache
def stylesheet(accent_color: str) -> str:
    """The whole style of a page, exactly as it stands in its `style` element."""
    light = _variables(palette(accent_color, LIGHT))
    dark = _variables(palette(accent_color, DARK))
    scheme = f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"
    return scheme + _STYLE.read_text(encoding="utf-8")


def _variables(values: dict[str, str]) -> str:
    return ";".join(f"--{name}:{color}" for name, color in values.items())
