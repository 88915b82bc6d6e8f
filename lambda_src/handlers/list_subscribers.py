"""GET /subscribers, and direct invocation: one page of the list."""

import os
from functools import cache

from email_list.aws.clients import dynamodb_table
from email_list.aws.subscriber_table import SubscriberTable
from email_list.errors import InvalidError
from email_list.http import Request, Response, endpoint, json_response
from email_list.subscribers import Status

DEFAULT_LIMIT = 100
MAX_LIMIT = 500


@cache
def _store() -> SubscriberTable:
    return SubscriberTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))


@endpoint
def handler(request: Request) -> Response:
    asked = request.json() if request.direct else request.query
    status = _status(asked.get("status"))
    cursor = asked.get("cursor")
    page = _store().page(status, _limit(asked.get("limit")), str(cursor) if cursor else None)
    document = {"subscribers": [person.to_json() for person in page.subscribers], "cursor": page.cursor}
    if request.direct:
        whole_list = not cursor and page.cursor is None
        document["total_count"] = len(page.subscribers) if whole_list else _store().count(status)
    return json_response(200, document)


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
