"""Where people come from, in one word: `form`, `api`, or what a form or a program says of itself.

Sources are counted, and administrators read them. So a stranger's is an identifier, and none of the words by which the
product itself tells how somebody came.
"""

import re

from email_list.errors import InvalidError

MAX_SOURCE = 50

FORM, API, OPERATOR, ADMINISTRATOR, IMPORT = "form", "api", "operator", "administrator", "import"
REACTIVATED, UNKNOWN, OTHER = "reactivated", "unknown", "other"

OWN = frozenset({FORM, API, OPERATOR, ADMINISTRATOR, IMPORT, REACTIVATED, UNKNOWN, OTHER})
"""The words that the product itself gives."""

_RESERVED = OWN - {FORM, API}
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
"""One word, in which nothing can be read as an address or a link."""


def of_stranger(value: object) -> str:
    """The source that a stranger gives; empty where none is given. InvalidError says what is wrong with it."""
    if value is None or value == "":
        return ""
    details = {"field": "source"}
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        message = f"source has 1 to {MAX_SOURCE} of a-z, A-Z, 0-9, _ and -, and does not begin with _ or -."
        raise InvalidError(message, details=details)
    if value.lower() in _RESERVED:
        raise InvalidError(
            f"{value!r} is a word for people who came otherwise. Choose another source.", details=details
        )
    return value


def of_form(value: object) -> str:
    """The source that a form of another site gives, or none: the person in front of it could not correct it."""
    try:
        return of_stranger(value)
    except InvalidError:
        return ""
