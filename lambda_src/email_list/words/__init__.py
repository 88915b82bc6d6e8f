"""Everything the list says to people in their own language, one file per language.

A file holds texts by part (pages, emails, report, formats) and key. `{name}` stands for a value, and a line break
begins a new paragraph. Another file with the same keys is another language.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

DEFAULT_LANGUAGE = "en"

_FOLDER = Path(__file__).parent


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages there are words in, as in HTML's `lang`."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.json")))


def words(language: str, part: str) -> Mapping[str, str]:
    """The texts of one part by key; in the default language if there are none in this one."""
    return _catalogue(language if language in languages() else DEFAULT_LANGUAGE)[part]


def date_in_words(language: str, form: str, day: date) -> str:
    """`16 November 2026` for the form `date`, as the language writes it."""
    formats = words(language, "formats")
    return formats[form].format(
        weekday=formats[f"weekday.{day.isoweekday()}"],
        day=day.day,
        month=formats[f"month.{day.month}"],
        year=day.year,
    )


@cache
def handlebars_words(language: str) -> Mapping[str, str]:
    """The texts of emails as Handlebars, where `{name}` is `{{name}}`."""
    return {key: text.replace("{", "{{").replace("}", "}}") for key, text in words(language, "emails").items()}


@cache
def _catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    return json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
