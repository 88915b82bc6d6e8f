"""What the fields that people and administrators fill in may contain, and how their values are compared."""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from email_list.errors import InvalidError, TooLargeError

MAX_NAME = 100
MAX_SUBJECT = 200
MAX_ATTRIBUTES = 20
MAX_ATTRIBUTE_NAME = 32
MAX_ATTRIBUTE_VALUE = 500
MAX_KEPT = 390_000
"""Bytes of what an author wrote; DynamoDB takes 400 KB an item, names and the rest included."""
MAX_NUMBER = 10**15
"""Whole numbers below this are exact wherever JSON is read (JavaScript reads them as floating-point numbers)."""

UNREADABLE = "\ufffd"
"""What a decoder leaves where bytes were not text: the character itself is lost, so text containing it is never
stored."""

_ADDRESS = re.compile(r"\S@\S|://|[^\W_][.\u3002][^\W\d_]{2}")
"""What an email or web address has in it, and what mail programs make a link of."""

_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_INVISIBLE = {"Cc", "Cs", "Zl", "Zp"}


def is_invisible(char: str) -> bool:
    """Whether a character ends a line, controls a terminal, or cannot be encoded as UTF-8."""
    return unicodedata.category(char) in _INVISIBLE


def one_line(text: str) -> str:
    """Text on one line: control characters become spaces, runs of spaces become one, ends are trimmed."""
    # Nearly all text is printable, and checking that is ten times faster than looking at each character.
    if not text.isprintable():
        text = "".join(" " if is_invisible(char) else char for char in text)
    return " ".join(text.split())


def single_line(value: object, field: str, limit: int, *, required: bool = False) -> str:
    """A field's text on one line (`one_line`).

    Nothing that passes can start a new header line. InvalidError names `field` and the bound.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise InvalidError(f"{field} must be text.", details={"field": field})
    if UNREADABLE in value:
        message = f"{field} contains a character that could not be read ({UNREADABLE}). Send it as UTF-8."
        raise InvalidError(message, details={"field": field})
    text = one_line(value)
    if required and not text:
        raise InvalidError(f"{field} is required.", details={"field": field})
    if len(text) > limit:
        raise InvalidError(f"{field} has at most {limit} characters.", details={"field": field})
    return text


def name(value: object) -> str:
    """A person's name as typed, on one line; empty if none was given."""
    return single_line(value, "name", MAX_NAME)


def own_name(value: object) -> str:
    """The name that somebody gives themselves. Anyone can type one for any address, and it may come to stand in emails
    and in figures: so it holds no address that could lure."""
    text = name(value)
    if _ADDRESS.search(unicodedata.normalize("NFKC", text)):
        message = "A name cannot contain an email or web address. If it has a full stop in it, put a space after it."
        raise InvalidError(message, code="address_in_name", details={"field": "name"})
    return text


def attributes(value: object) -> dict[str, str | int | bool]:
    """A person's custom attributes: lower-case names, values of text, whole numbers or booleans."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidError("attributes must be an object.", details={"field": "attributes"})
    if len(value) > MAX_ATTRIBUTES:
        raise InvalidError(f"attributes can have at most {MAX_ATTRIBUTES} entries.", details={"field": "attributes"})
    return {_attribute_name(key): _attribute_value(key, entry) for key, entry in value.items()}


def topics(value: object, offered: Collection[str]) -> list[str]:
    """The topics a person wants, from those the list offers; an empty list means none.

    A form sends one text or a list of them; empty texts, which a form without a tick sends, are ignored.
    """
    wanted = [value] if isinstance(value, str) else value
    if not isinstance(wanted, Sequence) or not all(isinstance(topic, str) for topic in wanted):
        message = "topics must be a list of topics; an empty list means none. Leave it out for all of them."
        raise InvalidError(message, details={"field": "topics"})
    unknown = sorted({str(topic)[:40] for topic in wanted if topic} - set(offered))
    if unknown:
        raise InvalidError(f"There is no topic {unknown[0]!r}.", details={"field": "topics"})
    return [topic for topic in offered if topic in wanted]


def kept_json(value: object, what: str) -> str:
    """What an author wrote, as the JSON in which it is kept. TooLargeError when there is too much of it."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidError(f"The {what} contains half a character (a lone surrogate).") from error
    if size > MAX_KEPT:
        raise TooLargeError(f"The {what} has {size} bytes as JSON; at most {MAX_KEPT} are kept.")
    return text


def comparable(value: object) -> str:
    """What a value is compared by, wherever it came from: a file knows only text, JSON also knows numbers and booleans.

    Text is compared without surrounding spaces, in one Unicode form (NFC), and ignoring case. A number or a boolean
    equals the text it is written as: 34 equals "34", but not "034", which is another postal code.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        # DynamoDB returns numbers as Decimal, which may be in scientific notation.
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if value.isascii():
        return value.lower().strip()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold()).strip()


def is_attribute_name(text: str) -> bool:
    """Whether an attribute may have this name."""
    return bool(_ATTRIBUTE_NAME.fullmatch(text))


def _attribute_name(key: object) -> str:
    if not isinstance(key, str) or not is_attribute_name(key):
        raise InvalidError(
            "An attribute's name has 1 to 32 of a-z, 0-9 and _, and begins with a letter.",
            details={"field": f"attributes.{str(key)[:40]}"},
        )
    return key


def _attribute_value(key: object, value: object) -> str | int | bool:
    field = f"attributes.{key}"
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < MAX_NUMBER:
        return value
    if isinstance(value, str):
        return single_line(value, field, MAX_ATTRIBUTE_VALUE)
    raise InvalidError(f"{field} must be text, a whole number or a boolean.", details={"field": field})
