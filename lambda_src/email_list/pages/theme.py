"""How the pages of one list look: its name, colours and language."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from email_list.mail.colors import DARK, LIGHT, is_color, palette
from email_list.words import DEFAULT_LANGUAGE, languages

_STYLE = Path(__file__).parent / "templates" / "style.css"
_FRAMING = _STYLE.with_name("framing.css")


@dataclass(frozen=True)
class Theme:
    """One list's pages. `accent_color` is `#rrggbb`; the links are absolute `https:` or `http:` addresses.
    `asks_tracking` says whether readers are asked to agree to their opens and clicks being known.

    ValueError names the field that cannot be used.
    """

    list_name: str
    accent_color: str = "#1a5fb4"
    language: str = DEFAULT_LANGUAGE
    privacy_url: str | None = None
    logo_url: str | None = None
    website_url: str | None = None
    description: str | None = None
    postal_address: str = ""
    asks_tracking: bool = False

    def __post_init__(self) -> None:
        if not is_color(self.accent_color):
            raise ValueError(f"accent_color must look like #1a5fb4, not {self.accent_color!r}.")
        if self.language not in languages():
            raise ValueError(f"language must be one of {', '.join(languages())}, not {self.language!r}.")
        for field in ("privacy_url", "logo_url", "website_url"):
            url = getattr(self, field)
            if url is not None and urlsplit(url).scheme not in ("https", "http"):
                raise ValueError(f"{field} must begin with https://, not {url!r}.")

    @property
    def initial(self) -> str:
        """The letter that represents the list in its mark; empty for a name without any."""
        return next((char.upper() for char in self.list_name if char.isalnum()), "")


@cache
def stylesheet(accent_color: str) -> str:
    """The whole style of a page, exactly as it appears in its `style` element."""
    return _colors(accent_color) + _STYLE.read_text(encoding="utf-8")


@cache
def framing_stylesheet(accent_color: str) -> str:
    """The style of what surrounds a letter: that of the pages, on elements of the class `site` only."""
    pages = _STYLE.read_text(encoding="utf-8")
    return f"{_colors(accent_color)}{_FRAMING.read_text(encoding='utf-8')}.site {{\n{pages}}}\n"


def _colors(accent_color: str) -> str:
    light = _variables(palette(accent_color, LIGHT))
    dark = _variables(palette(accent_color, DARK))
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"


def _variables(values: dict[str, str]) -> str:
    return ";".join(f"--{name}:{color}" for name, color in values.items())
