"""Letters that are still being written: how they look, how they arrive, whom they reach."""

import time

from email_list.campaigns import choosing, drafts
from email_list.clock import utc_now
from email_list.http import Request, Response, json_response
from email_list.router import Router
from handlers.wiring import drafts as wiring
from handlers.wiring import letters, links, people, segments, settings

MAX_BODY = 512 * 1024
COUNTING_SECONDS = 20.0
"""The gateway waits 30 seconds for a response."""

handler = Router("drafts", max_body=MAX_BODY)


@handler.operation("preview_draft")
def _preview(request: Request) -> Response:
    return json_response(200, drafts.preview(request.fields, settings.of_list(), letters.find_template()).to_json())


@handler.operation("count_audience")
def _size(request: Request) -> Response:
    deadline = time.monotonic() + COUNTING_SECONDS
    wanted = choosing.read(request.fields.get("audience"), segments.segments().filter)
    people, find_reached = segments.people(), segments.reached()
    size = drafts.size(wanted, wiring.active, people, find_reached, lambda: time.monotonic() < deadline, utc_now())
    return json_response(200, size.to_json())


@handler.operation("test_draft")
def _send_test(request: Request) -> Response:
    find_people, mailer = people.table().find, wiring.mailer()
    of_list, find_template = settings.of_list(), letters.find_template()
    sent = drafts.send_test(request.fields, of_list, find_template, find_people, links.links(), mailer)
    return json_response(200, sent)
