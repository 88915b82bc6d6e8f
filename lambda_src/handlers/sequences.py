"""Sequences: list, save, show, change, delete, switch on and off, and who is in them."""

from email_list.csv_answers import one_of
from email_list.http import Request, Response, json_response
from email_list.mail import warnings
from email_list.router import Router
from email_list.sequences.places import Group
from email_list.sequences.sequence import Sequence
from handlers.wiring import audit
from handlers.wiring import sequences as wiring

MAX_BODY = 512 * 1024
DEFAULT_LIMIT, MAX_LIMIT = 50, 100

handler = Router("sequences", audit=audit.enter, max_body=MAX_BODY)


@handler.operation("list_sequences")
def _list(request: Request) -> Response:
    limit, cursor = request.limit(DEFAULT_LIMIT, MAX_LIMIT), request.query.get("cursor") or None
    return json_response(200, wiring.desk().page(limit, cursor))


@handler.operation("create_sequence")
def _create(request: Request) -> Response:
    return _written(wiring.desk().create(request.fields), 201)


@handler.operation("get_sequence")
def _show(request: Request) -> Response:
    return _shown(wiring.desk().get(_id(request)))


@handler.operation("replace_sequence")
def _replace(request: Request) -> Response:
    return _written(wiring.desk().replace(_id(request), request.fields), 200)


@handler.operation("delete_sequence")
def _delete(request: Request) -> Response:
    wiring.desk().delete(_id(request))
    return Response(204, "")


@handler.operation("activate_sequence")
def _activate(request: Request) -> Response:
    return _shown(wiring.desk().activate(_id(request)))


@handler.operation("pause_sequence")
def _pause(request: Request) -> Response:
    return _shown(wiring.desk().pause(_id(request)))


@handler.operation("list_sequence_people")
def _people(request: Request) -> Response:
    group = Group(one_of(request, "group", [*Group], Group.INSIDE))
    limit, cursor = request.limit(DEFAULT_LIMIT, MAX_LIMIT), request.query.get("cursor") or None
    return json_response(200, wiring.desk().people(_id(request), group, limit, cursor))


def _id(request: Request) -> str:
    return request.path_parameters["id"]


def _shown(sequence: Sequence) -> Response:
    return json_response(200, wiring.desk().show(sequence))


def _written(sequence: Sequence, status: int) -> Response:
    """A sequence with what its author should know about each of its letters."""
    shown = wiring.desk().show(sequence)
    found = [
        {"step": at, **warning}
        for at, step in enumerate(shown["steps"], 1)
        for warning in warnings.to_json(wiring.warnings(step["letter"]))
    ]
    return json_response(status, {**shown, "warnings": found})
