"""How filters compare: attributes with values, moments with spans of time (`email_list.people.filters`).

Each comparison is parsed with the value it compares with, and then is a test. InvalidError names what is wrong with the
value, and its place in the tree.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from email_list import fields
from email_list.clock import iso
from email_list.errors import InvalidError

MAX_DAYS = 36_500

Holds = Callable[[Any], bool]
"""Of an attribute's value; None stands for a person who has none."""


def _is(value: object, place: str) -> Holds:
    wanted = fields.comparable(_value(value, place))
    return lambda held: held is not None and fields.comparable(held) == wanted


def _is_not(value: object, place: str) -> Holds:
    wanted = fields.comparable(_value(value, place))
    return lambda held: held is not None and fields.comparable(held) != wanted


def _contains(value: object, place: str) -> Holds:
    wanted = text(_value(value, place), place)
    return lambda held: held is not None and wanted in fields.comparable(held)


def _begins_with(value: object, place: str) -> Holds:
    wanted = text(_value(value, place), place)
    return lambda held: held is not None and fields.comparable(held).startswith(wanted)


def _beyond(sign: int) -> Callable[[object, str], Holds]:
    def read(value: object, place: str) -> Holds:
        bound = as_number(_value(value, place))
        if bound is not None:
            return lambda held: (number := as_number(held)) is not None and _sign(number, bound) == sign
        moment = as_moment(value)
        if moment is None:
            raise wrong(place, "must be a number or a date such as 2026-05-31")
        return lambda held: (given := as_moment(held)) is not None and _sign(*_alike(given, moment)) == sign

    return read


def _known(value: object, place: str) -> Holds:
    if not isinstance(value, bool):
        raise wrong(place, "must be true or false")
    return lambda held: (held is not None) is value


COMPARISONS: Mapping[str, Callable[[object, str], Holds]] = {
    "is": _is,
    "is_not": _is_not,
    "contains": _contains,
    "begins_with": _begins_with,
    "above": _beyond(1),
    "below": _beyond(-1),
    "known": _known,
}


def as_number(value: object) -> Decimal | None:
    """The number that a value is or, as text, is written as; None for any other. Booleans are not numbers."""
    if isinstance(value, str):
        text = value.strip()
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def as_moment(value: object) -> str | None:
    """The day or moment (UTC) that a text is written as, in a form that sorts by time; None for any other."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if not _MOMENT.fullmatch(text):
        return None
    try:
        if len(text) == _DAY:
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
        return iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


_NUMBER = re.compile(r"[+-]?[0-9]+([.][0-9]+)?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.{0,20})?")
_DAY = 10


def _alike(one: str, other: str) -> tuple[str, str]:
    """Two moments; if one of them is a day, the days of both."""
    shorter = min(len(one), len(other))
    return one[:shorter], other[:shorter]


def _sign(one: Any, other: Any) -> int:
    return (one > other) - (one < other)


# Spans of time: made for a current moment, they test a moment


Span = Callable[[datetime], Callable[[str], bool]]


def _recent(*, wanted: bool) -> Callable[[object, str], Span]:
    def read(value: object, place: str) -> Span:
        back = timedelta(days=days(value, place))

        def span(now: datetime) -> Callable[[str], bool]:
            first = iso(now - back)
            return lambda moment: (moment >= first) is wanted

        return span

    return read


def _side(sign: int) -> Callable[[object, str], Span]:
    def read(value: object, place: str) -> Span:
        bound = as_moment(value)
        if bound is None:
            raise wrong(place, "must be a date such as 2026-05-31, or a moment such as 2026-05-31T08:00:00Z")
        return lambda _: lambda moment: _sign(*_alike(moment, bound)) == sign

    return read


SPANS: Mapping[str, Callable[[object, str], Span]] = {
    "within_days": _recent(wanted=True),
    "before_days": _recent(wanted=False),
    "after": _side(1),
    "before": _side(-1),
}


# Values


def _value(value: object, place: str) -> str | int | float | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) < fields.MAX_NUMBER:
        return int(value) if value == int(value) else value
    if isinstance(value, str):
        return fields.single_line(value, place, fields.MAX_ATTRIBUTE_VALUE)
    raise wrong(place, "must be text, a number, true or false")


def text(value: object, place: str) -> str:
    """What a text is compared by; it must not be empty."""
    return fields.comparable(value) if isinstance(value, int | float) else word(value, place)


def word(value: object, place: str) -> str:
    """The same of what is never a number."""
    return fields.comparable(fields.single_line(value, place, fields.MAX_ATTRIBUTE_VALUE, required=True))


def days(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_DAYS:
        raise wrong(place, f"must be a whole number of days, from 1 to {MAX_DAYS}")
    return value


def named(names: Any) -> str:
    return ", ".join(sorted(str(name)[:40] for name in names)) or "nothing"


def wrong(place: str, what: str) -> InvalidError:
    shown = place if len(place) <= 200 else f"{place[:200]}..."
    return InvalidError(f"{shown} {what}.", details={"field": shown})
