"""Holds answers of the API against its OpenAPI description."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from email_list import openapi

DOCUMENT = openapi.document("https://list.example")


def check(method: str, path: str, status: int, headers: Mapping[str, str], body: str) -> None:
    """AssertionError unless the description knows this answer: its status, its media type, its shape."""
    template = template_of(path)
    operation = DOCUMENT["paths"].get(template, {}).get(method.lower())
    assert operation, f"{method} {path} is not described"
    response = operation["responses"].get(str(status))
    assert response, f"{method} {template} is not described to answer {status}: {body[:300]}"
    content = response.get("content", {})
    if not content:
        assert body == "", f"{method} {template} answers {status} with content: {body[:300]}"
        return
    kind = headers["content-type"].partition(";")[0]
    assert kind in content, f"{method} {template} is not described to answer {status} in {kind}"
    if kind == "application/json":
        problems = [error.message for error in _validator(template, method, status).iter_errors(json.loads(body))]
        assert not problems, f"{method} {template} answers {status} in another shape: {problems}: {body[:300]}"


def template_of(path: str) -> str | None:
    """The described path that API Gateway would choose for this one: words go before parameters."""
    segments = path.strip("/").split("/")
    fitting = [template for template in DOCUMENT["paths"] if _fits(template.strip("/").split("/"), segments)]
    return min(fitting, key=lambda template: template.count("{")) if fitting else None


def _fits(template: list[str], segments: list[str]) -> bool:
    if template[-1] == "{file}":
        template, segments = template[:-1], segments[: len(template) - 1]
    return len(template) == len(segments) and all(
        mine.startswith("{") or mine == theirs for mine, theirs in zip(template, segments, strict=True)
    )


@cache
def _validator(template: str, method: str, status: int) -> Any:
    responses = DOCUMENT["paths"][template][method.lower()]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
