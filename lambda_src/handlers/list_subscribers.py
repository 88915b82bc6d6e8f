"""GET /subscribers, and direct invocation: one page of the list, by status or by the beginning of an address."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from email_list.aws.clients import dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.aws.subscriber_listing import SubscriberListing
from email_list.errors import InvalidError
from email_list.figures.growth import TOTALS
from email_list.http import Request, Response, json_response
from email_list.people.subscribers import Page, Status
from email_list.router import Router

DEFAULT_LIMIT = 100
MAX_LIMIT = 500
MIN_SEARCH = 2
MAX_SEARCH = 254

MAX_COUNTED = 5000
"""People of a listing who are counted one by one; of more, the counters tell the number as of some seconds ago."""


handler = Router("list_subscribers")


@cache
def _counters() -> CounterTable:
    return CounterTable(dynamodb_table(os.environ["RECORDS_TABLE"]))


@cache
def _people() -> SubscriberListing:
    return SubscriberListing(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))


@handler.direct
@handler.operation("list_subscribers")
def _list(request: Request) -> Response:
    asked = request.fields if request.direct else request.query
    status, limit, cursor = _status(asked.get("status")), _limit(asked.get("limit")), _text(asked, "cursor")
    prefix = _text(asked, "search").strip().lower()
    page = _search(prefix, status, limit, cursor) if prefix else _people().page(status, limit, cursor or None)
    document: dict[str, Any] = {
        "subscribers": [person.to_json() for person in page.subscribers],
        "cursor": page.cursor,
    }
    if request.direct and not prefix:
        whole_list = not cursor and page.cursor is None
        document["total_count"] = len(page.subscribers) if whole_list else _count(status)
    return json_response(200, document)


def _count(status: Status | None) -> int:
    totals = _counters().read(TOTALS)
    about = totals.get(status.value, 0) if status else sum(totals.values())
    return about if about > MAX_COUNTED else _people().count(status)


def _search(prefix: str, status: Status | None, limit: int, cursor: str) -> Page:
    if status:
        raise InvalidError("Search by address or list by status, not both.", details={"field": "search"})
    if not MIN_SEARCH <= len(prefix) <= MAX_SEARCH:
        message = f"search is the beginning of an address, {MIN_SEARCH} to {MAX_SEARCH} characters."
        raise InvalidError(message, details={"field": "search"})
    return _people().search(prefix, limit, cursor or None)


def _text(asked: Mapping[str, Any], field: str) -> str:
    value = asked.get(field) or ""
    if not isinstance(value, str):
        raise InvalidError(f"{field} must be text.", details={"field": field})
    return value


def _status(value: object) -> Status | None:
    if value in (None, ""):
        return None
    if value not in list(Status):
        raise InvalidError(f"status is one of {', '.join(Status)}.", details={"field": "status"})
    return Status(str(value))


def _limit(value: object) -> int:
    if value in (None, ""):
        return DEFAULT_LIMIT
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= MAX_LIMIT:
        raise InvalidError(f"limit is a whole number from 1 to {MAX_LIMIT}.", details={"field": "limit"})
    return int(text)
