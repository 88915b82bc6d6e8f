"""The administrators' templates: list, read, save, delete."""

import re
from collections.abc import Mapping
from typing import Any

from email_list.errors import InvalidError
from email_list.http import Request, Response, json_response
from email_list.mail import templates, warnings
from email_list.mail.templates import Template
from email_list.router import Router
from handlers.wiring import audit, letters, settings

MAX_BODY = 512 * 1024
DEFAULT_LIMIT = 50
MAX_LIMIT = 100

handler = Router("templates", audit=audit.enter, max_body=MAX_BODY)


@handler.operation("list_templates")
def _list(request: Request) -> Response:
    page = templates.page(
        request.limit(DEFAULT_LIMIT, MAX_LIMIT), request.query.get("cursor") or None, letters.templates()
    )
    document = {"templates": [template.summary() for template in page.templates], "cursor": page.cursor}
    return json_response(200, document)


@handler.operation("get_template")
def _show(request: Request) -> Response:
    return _answer(200, templates.find(request.path_parameters["name"], letters.templates()))


@handler.operation("save_template")
def _save(request: Request) -> Response:
    name, replaces = request.path_parameters["name"], _replaced_version(request, request.fields)
    template, found = templates.save(name, request.fields, replaces, letters.templates(), settings.of_list())
    return _answer(201 if template.version == 1 else 200, template, warnings=warnings.to_json(found))


@handler.operation("delete_template")
def _delete(request: Request) -> Response:
    templates.delete(request.path_parameters["name"], letters.templates())
    return Response(204, "")


def _replaced_version(request: Request, document: Mapping[str, Any]) -> int | None:
    """The version an editor saw: from If-Match, from If-None-Match: *, or from the body; None if they do not say."""
    if request.headers.get("if-none-match", "").strip() == "*":
        return 0
    given = request.headers.get("if-match", "").strip().strip('"') or document.get("version")
    if given in (None, "*"):
        return None
    if isinstance(given, bool) or not re.fullmatch(r"[0-9]{1,9}", str(given)):
        message = "version (or If-Match) must be the version that you read, a whole number."
        raise InvalidError(message, details={"field": "version"})
    return int(given)


def _answer(status: int, template: Template, **more: Any) -> Response:
    shown = {**template.to_json(), "variables": templates.variables(template, settings.of_list()), **more}
    return json_response(status, shown, {"etag": f'"{template.version}"'})
