"""Listing people page by page, by status or by what their address or name contains."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from email_list.errors import InvalidError
from email_list.people.subscribers import Page, Status

MIN_SEARCH = 2
MAX_SEARCH = 254

MAX_COUNTED = 5000
"""People of a listing who are counted one by one; beyond that, the counters give the number as of a few seconds ago."""


class People(Protocol):
    """What listing needs from the subscriber table."""

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page: ...

    def search(self, text: str, limit: int, cursor: str | None) -> Page: ...

    def count(self, status: Status | None) -> int: ...


class Listing:
    """The list. `totals()` returns the counters of people by status."""

    def __init__(self, people: People, totals: Callable[[], Mapping[str, int]]) -> None:
        self._people = people
        self._totals = totals

    def page(self, asked: Mapping[str, Any], limit: int) -> Page:
        """The page that `status` or `search` and `cursor` ask for."""
        status = status_field(asked.get("status"))
        cursor, text = _text(asked, "cursor") or None, _text(asked, "search").strip().lower()
        if not text:
            return self._people.page(status, limit, cursor)
        if status:
            raise InvalidError(
                "Either search or list by status: a search covers every status.", details={"field": "search"}
            )
        if not MIN_SEARCH <= len(text) <= MAX_SEARCH:
            message = f"search must have {MIN_SEARCH} to {MAX_SEARCH} characters."
            raise InvalidError(message, details={"field": "search"})
        return self._people.search(text, limit, cursor)

    def total(self, asked: Mapping[str, Any], page: Page) -> int | None:
        """How many people the listing of this page has; None for a search."""
        if asked.get("search"):
            return None
        if not asked.get("cursor") and page.cursor is None:
            return len(page.subscribers)
        status, totals = status_field(asked.get("status")), self._totals()
        about = totals.get(status.value, 0) if status else sum(totals.values())
        return about if about > MAX_COUNTED else self._people.count(status)


def status_field(value: object) -> Status | None:
    """The requested status; None for any. InvalidError for an unknown one."""
    if value in (None, ""):
        return None
    if value not in list(Status):
        raise InvalidError(f"status must be one of {', '.join(Status)}.", details={"field": "status"})
    return Status(str(value))


def _text(asked: Mapping[str, Any], field: str) -> str:
    value = asked.get(field) or ""
    if not isinstance(value, str):
        raise InvalidError(f"{field} must be text.", details={"field": field})
    return value
