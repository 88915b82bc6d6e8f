"""The list's accent for the console, which is no page of the list and has papers of its own."""

from email_list.mail.colors import DARK, LIGHT, readable, text_on

_CONTRAST = 5.2
"""The console's papers are a little closer to grey than those of pages: more than the 4.5 of AA on these."""


def accents(accent_color: str) -> dict[str, dict[str, str]]:
    """The accent as text and controls of the console have it: in each scheme, the colour and what is read on it."""
    shades = {
        scheme: readable(accent_color, (base["page"], base["surface"]), _CONTRAST)
        for scheme, base in (("light", LIGHT), ("dark", DARK))
    }
    return {scheme: {"accent": shade, "on_accent": text_on(shade)} for scheme, shade in shades.items()}
