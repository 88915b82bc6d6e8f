"""The administrator's templates: list, read, save, delete, preview."""

import os
import re
from functools import cache
from typing import Any

from email_list.aws.clients import client, dynamodb_table
from email_list.aws.template_store import SesTemplates, TemplateTable
from email_list.errors import InvalidError
from email_list.http import Request, Response, endpoint, json_response
from email_list.mail import templates, warnings
from email_list.mail.templates import Template
from email_list.mail.writing import values_field
from handlers.shared import wiring

MAX_BODY = 512 * 1024
DEFAULT_LIMIT = 50
MAX_LIMIT = 100
PARTS = ("subject", "html", "text")


@cache
def _store() -> TemplateTable:
    return TemplateTable(dynamodb_table(os.environ["RECORDS_TABLE"]))


@cache
def _renderer() -> SesTemplates:
    return SesTemplates(client("sesv2"), os.environ["TEMPLATE_PREFIX"])


@endpoint(max_body=MAX_BODY)
def handler(request: Request) -> Response:
    name = request.path_parameters.get("name")
    if name is None:
        return _list(request)
    if request.path.endswith("/preview"):
        return _preview(name, request.json())
    match request.method:
        case "PUT":
            return _save(name, request)
        case "DELETE":
            templates.delete(name, _store(), _renderer())
            return Response(204, "")
        case _:
            return _answer(200, templates.find(name, _store()))


def _list(request: Request) -> Response:
    page = templates.page(_limit(request.query.get("limit")), request.query.get("cursor") or None, _store())
    document = {"templates": [template.summary() for template in page.templates], "cursor": page.cursor}
    return json_response(200, document)


def _limit(value: str | None) -> int:
    if not value:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= MAX_LIMIT:
        raise InvalidError(f"limit is a whole number from 1 to {MAX_LIMIT}.", details={"field": "limit"})
    return int(value)


def _save(name: str, request: Request) -> Response:
    document = request.json()
    replaces = _replaced_version(request, document)
    template, found = templates.save(name, document, replaces, _store(), _renderer(), wiring.settings())
    return _answer(201 if template.version == 1 else 200, template, warnings=warnings.to_json(found))


def _replaced_version(request: Request, document: dict[str, Any]) -> int | None:
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


def _preview(name: str, document: dict[str, Any]) -> Response:
    part = document.get("part")
    if part is not None and part not in PARTS:
        raise InvalidError(f"part is one of {', '.join(PARTS)}.", details={"field": "part"})
    values = values_field(document.get("values"))
    preview = templates.preview(name, values, _store(), _renderer(), wiring.settings())
    rendered = {each: getattr(preview.rendered, each) for each in PARTS if part in (None, each)}
    names = {"used": preview.used, "unknown": preview.unknown, "missing": preview.missing}
    return json_response(200, {**rendered, **names})
