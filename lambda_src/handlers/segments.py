"""Segments: list, save, show, change, delete, and count whom a filter chooses."""

import time

from email_list.clock import utc_now
from email_list.http import Request, Response, json_response
from email_list.people import known, segments
from email_list.router import Router
from handlers.wiring import audit
from handlers.wiring import segments as wiring

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
COUNTING_SECONDS = 20.0
"""The gateway waits 30 seconds for a response."""

handler = Router("segments", audit=audit.enter)


@handler.operation("list_segments")
def _list(request: Request) -> Response:
    limit, cursor = request.limit(DEFAULT_LIMIT, MAX_LIMIT), request.query.get("cursor") or None
    page = wiring.segments().page(limit, cursor)
    found = [segment.to_json() for segment in page.segments]
    return json_response(200, {"segments": found, "cursor": page.cursor})


@handler.operation("describe_people")
def _describe(request: Request) -> Response:
    people, everybody = wiring.walk().first(known.READS, known.LOOKED_AT)
    return json_response(200, known.of(people, everybody=everybody))


@handler.operation("create_segment")
def _create(request: Request) -> Response:
    return json_response(201, wiring.segments().create(request.fields).to_json())


@handler.operation("get_segment")
def _show(request: Request) -> Response:
    return json_response(200, wiring.segments().get(request.path_parameters["id"]).to_json())


@handler.operation("replace_segment")
def _replace(request: Request) -> Response:
    return json_response(200, wiring.segments().replace(request.path_parameters["id"], request.fields).to_json())


@handler.operation("delete_segment")
def _delete(request: Request) -> Response:
    wiring.segments().delete(request.path_parameters["id"])
    return Response(204, "")


@handler.operation("count_segment")
def _count(request: Request) -> Response:
    ends = time.monotonic() + COUNTING_SECONDS
    people, reached = wiring.walk(), wiring.reached()
    find_filter = wiring.segments().filter
    found = segments.count(request.fields, find_filter, people, reached, lambda: time.monotonic() < ends, utc_now())
    return json_response(200, found.to_json())
