"""What the pages say, and in which language."""

from markupsafe import Markup, escape

from email_list.words import DEFAULT_LANGUAGE, languages, words

NEGOTIATED = "auto"
"""The configured language that means the reader's own, if possible."""

_MAX_HEADER = 500


def plain(language: str, key: str, **values: str) -> str:
    """A text as it is stored or sent."""
    return words(language, "pages")[key].format(**values)


def marked(language: str, key: str, **values: str) -> Markup:
    """A text as HTML; values that are not Markup are escaped."""
    return escape(words(language, "pages")[key]).format(**values)


def language(accept_language: str | None, configured: str, shown: str | None = None) -> str:
    """The language to answer in.

    `shown` is what a form says it was shown in (its field `language`): the answer and the consent wording
    follow it. Otherwise the configured language decides or, when that is `auto`, the header Accept-Language.
    ValueError when the configured language has no texts.
    """
    if configured not in (NEGOTIATED, *languages()):
        raise ValueError(f"language must be {NEGOTIATED} or one of {', '.join(languages())}, not {configured!r}.")
    if shown in languages():
        return shown
    return _negotiated(accept_language or "") if configured == NEGOTIATED else configured


def _negotiated(accept_language: str) -> str:
    """The preferred language for which there are texts; regional variants count as their language."""
    wishes = [_wish(part) for part in accept_language[:_MAX_HEADER].split(",")]
    liked = [wish for wish in wishes if wish[1] > 0 and wish[0] in languages()]
    return max(liked, key=lambda wish: wish[1], default=(DEFAULT_LANGUAGE, 0.0))[0]


def _wish(part: str) -> tuple[str, float]:
    tag, _, parameter = part.partition(";")
    language_code = tag.strip().lower().partition("-")[0]
    name, _, weight = parameter.partition("=")
    if name.strip() != "q":
        return language_code, 1.0
    try:
        return language_code, float(weight)
    except ValueError:
        return language_code, 0.0
