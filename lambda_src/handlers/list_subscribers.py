"""One page of the list, by status or by a search; direct invocation also returns the total."""

from typing import Any

from email_list.http import Request, Response, json_response
from email_list.people.subscribers import Page
from email_list.router import Router
from handlers.wiring import listing

DEFAULT_LIMIT = 100
MAX_LIMIT = 500

handler = Router("list_subscribers")


@handler.operation("list_subscribers")
def _list(request: Request) -> Response:
    return json_response(200, _shown(listing.listing().page(request.query, request.limit(DEFAULT_LIMIT, MAX_LIMIT))))


@handler.direct
def _list_with_total(request: Request) -> Response:
    page = listing.listing().page(request.fields, request.limit(DEFAULT_LIMIT, MAX_LIMIT))
    total = listing.listing().total(request.fields, page)
    return json_response(200, {**_shown(page), **({} if total is None else {"total_count": total})})


def _shown(page: Page) -> dict[str, Any]:
    return {"subscribers": [person.to_json() for person in page.subscribers], "cursor": page.cursor}
