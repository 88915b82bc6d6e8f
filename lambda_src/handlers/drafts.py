"""Letters that are still being written: where they are kept, how they look, how they arrive, whom they reach."""

from dataclasses import asdict
from typing import Any

from email_list.campaigns import choosing, drafts, saved_drafts
from email_list.campaigns.saved_drafts import SavedDraft
from email_list.http import Request, Response, json_response
from email_list.mail import previewing, warnings
from email_list.router import Router
from handlers.wiring import audit, letters, links, people, reach, segments, settings
from handlers.wiring import drafts as wiring

MAX_BODY = 512 * 1024
DEFAULT_LIMIT = 20
MAX_LIMIT = 50

handler = Router("drafts", audit=audit.enter, max_body=MAX_BODY)


@handler.operation("list_drafts")
def _list(request: Request) -> Response:
    page = wiring.store().page(request.limit(DEFAULT_LIMIT, MAX_LIMIT), request.query.get("cursor") or None)
    return json_response(200, {"drafts": [draft.to_json() for draft in page.drafts], "cursor": page.cursor})


@handler.operation("create_draft")
def _create(request: Request) -> Response:
    return _saved(201, saved_drafts.create(request.fields, wiring.store()))


@handler.operation("get_draft")
def _show(request: Request) -> Response:
    return _answer(200, saved_drafts.find(request.path_parameters["id"], wiring.store()))


@handler.operation("save_draft")
def _save(request: Request) -> Response:
    draft = saved_drafts.save(request.path_parameters["id"], request.fields, request.has_seen, wiring.store())
    return _saved(200, draft)


@handler.operation("delete_draft")
def _delete(request: Request) -> Response:
    saved_drafts.delete(request.path_parameters["id"], request.has_seen, wiring.store())
    return Response(204, "")


def _saved(status: int, draft: SavedDraft) -> Response:
    found = previewing.warnings_so_far(draft.letter, settings.of_list(), letters.find_template())
    return _answer(status, draft, warnings=warnings.to_json(found))


def _answer(status: int, draft: SavedDraft, **more: Any) -> Response:
    return json_response(status, {**draft.to_json(), **more}, {"etag": f'"{draft.version}"'})


@handler.operation("preview_draft")
def _preview(request: Request) -> Response:
    return json_response(200, previewing.preview(request.fields, settings.of_list(), letters.find_template()).to_json())


@handler.operation("count_audience")
def _size(request: Request) -> Response:
    wanted = choosing.read(request.fields.get("audience"), segments.segments().filter)
    return json_response(200, asdict(reach.reach().size(wanted)))


@handler.operation("test_draft")
def _send_test(request: Request) -> Response:
    find_people, mailer = people.table().find, wiring.mailer()
    of_list, find_template = settings.of_list(), letters.find_template()
    sent = drafts.send_test(request.fields, of_list, find_template, find_people, links.links(), mailer, wiring.trials())
    return json_response(200, sent)
