"""Feeds: list, add, show, change, pause, resume, delete, and what their next issue would be."""

from dataclasses import asdict
from typing import Any

from email_list.feeds.feed import Feed
from email_list.http import Request, Response, json_response
from email_list.router import Router
from handlers.wiring import audit
from handlers.wiring import feeds as wiring

handler = Router("feeds", audit=audit.enter)


@handler.operation("list_feeds")
def _list(request: Request) -> Response:
    return json_response(200, {"feeds": [feed.to_json() for feed in wiring.store().all()], "cursor": None})


@handler.operation("create_feed")
def _create(request: Request) -> Response:
    return _answer(201, wiring.desk().add(request.fields))


@handler.operation("get_feed")
def _show(request: Request) -> Response:
    return _answer(200, wiring.desk().get(request.path_parameters["id"]))


@handler.operation("replace_feed")
def _replace(request: Request) -> Response:
    return _answer(200, wiring.desk().replace(request.path_parameters["id"], request.fields))


@handler.operation("delete_feed")
def _delete(request: Request) -> Response:
    wiring.desk().delete(request.path_parameters["id"])
    return Response(204, "")


@handler.operation("pause_feed")
def _pause(request: Request) -> Response:
    return _answer(200, wiring.desk().pause(request.path_parameters["id"]))


@handler.operation("resume_feed")
def _resume(request: Request) -> Response:
    return _answer(200, wiring.desk().resume(request.path_parameters["id"]))


@handler.operation("preview_feed")
def _preview(request: Request) -> Response:
    reading, letter = wiring.desk().preview(request.fields)
    return json_response(
        200, {"title": reading.title, "entries": [asdict(entry) for entry in reading.entries], "letter": letter}
    )


def _answer(status: int, feed: Feed) -> Response:
    shown: dict[str, Any] = {**feed.to_json(), "items": feed.items_to_json()}
    return json_response(status, shown)
