"""The administrator's templates: list, read, save, delete."""

import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from email_list.aws.clients import dynamodb_table
from email_list.aws.template_store import TemplateTable
from email_list.errors import InvalidError
from email_list.http import Request, Response, json_response
from email_list.mail import templates, warnings
from email_list.mail.templates import Template
from email_list.router import Router
from handlers.shared import wiring

MAX_BODY = 512 * 1024
DEFAULT_LIMIT = 50
MAX_LIMIT = 100

handler = Router("templates", max_body=MAX_BODY)


@cache
def _store() -> TemplateTable:
    return TemplateTable(dynamodb_table(os.environ["RECORDS_TABLE"]))


@handler.operation("list_templates")
def _list(request: Request) -> Response:
    page = templates.page(_limit(request.query.get("limit")), request.query.get("cursor") or None, _store())
    document = {"templates": [template.summary() for template in page.templates], "cursor": page.cursor}
    return json_response(200, document)


@handler.operation("get_template")
def _show(request: Request) -> Response:
    return _answer(200, templates.find(request.path_parameters["name"], _store()))


@handler.operation("save_template")
def _save(request: Request) -> Response:
    name, replaces = request.path_parameters["name"], _replaced_version(request, request.fields)
    template, found = templates.save(name, request.fields, replaces, _store(), wiring.settings())
    return _answer(201 if template.version == 1 else 200, template, warnings=warnings.to_json(found))


@handler.operation("delete_template")
def _delete(request: Request) -> Response:
    templates.delete(request.path_parameters["name"], _store())
    return Response(204, "")


def _limit(value: str | None) -> int:
    if not value:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= MAX_LIMIT:
        raise InvalidError(f"limit is a whole number from 1 to {MAX_LIMIT}.", details={"field": "limit"})
    return int(value)


def _replaced_version(request: Request, document: Mapping[str, Any]) -> int | None:
    """The version an editor saw: from If-Match, from If-None-Match: *, or from the body; None when they do not say."""
    if request.headers.get("if-none-match", "").strip() == "*":
        return 0
    given = request.headers.get("if-match", "").strip().strip('"') or document.get("version")
    if given in (None, "*"):
        return None
    if isinstance(given, bool) or not re.fullmatch(r"[0-9]{1,9}", str(given)):
        message = "version (or If-Match) is the version that you read, a whole number."
        raise InvalidError(message, details={"field": "version"})
    return int(given)


def _answer(status: int, template: Template, **more: Any) -> Response:
    response = json_response(status, {**template.to_json(), **more})
    return Response(response.status, response.body, {**response.headers, "etag": f'"{template.version}"'})
