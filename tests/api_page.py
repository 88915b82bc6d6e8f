"""docs/api.md, made from the API's description.

``python -m tests.api_page`` writes it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from contract import ROUTES, Access
from email_list import openapi
from local.stack import ROOT

PAGE = ROOT / "docs/api.md"
_ABOUT = """\
# API

Made by `python -m tests.api_page` from `/openapi.json`, which every stack serves. Client generators read that file;
this page is for people.

All operations except the public ones need `Authorization: Bearer TOKEN`, with a token that allows them:
{scopes}.

Errors are `{{"error": {{"code", "message", "details"}}}}`; [Error](#error) lists the codes. What API Gateway itself
refuses is `{{"message"}}`: 401 without a token, 403 with one that does not allow it, 429. Unknown query parameters and
fields are refused.
"""

_ACCESS = {route.operation: route.access for route in ROUTES}


def page() -> str:
    """The whole page."""
    document = openapi.document("https://list.example")
    guarded = [access for access in Access if access is not Access.PUBLIC]
    scopes = ", ".join(f"*{access.name.lower()}* to {access.value}" for access in guarded)
    pieces: list[str] = [_ABOUT.format(scopes=scopes)]
    for tag in document["tags"]:
        pieces.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        for section in ("paths", "webhooks"):
            for path, methods in document[section].items():
                for method, operation in methods.items():
                    if operation["tags"] == [tag["name"]]:
                        pieces += _operation(f"{method.upper()} {path}" if section == "paths" else path, operation)
    pieces.append("## Shapes\n")
    for name, schema in document["components"]["schemas"].items():
        pieces += _shape(name, schema)
    return "\n".join(pieces).rstrip("\n") + "\n"


def _operation(title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    access = _ACCESS.get(operation["operationId"], Access.PUBLIC)
    needs = "" if access is Access.PUBLIC else f" (*{access.name.lower()}*)"
    yield f"### `{title}`\n\n{operation['summary']}{needs}\n"
    rows = [_row(each["name"], each["schema"], where=each["in"]) for each in operation["parameters"]]
    if rows:
        yield "\n".join(["| parameter | in | what it is |", "|---|---|---|", *rows]) + "\n"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Body, `{kind}`{_named(content['schema'])}:\n\n{_shown(content)}\n"
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield from _answers(status, response)
    errors = ", ".join(status for status in operation["responses"] if status[0] in "45" and status.isdigit())
    yield f"Errors: {errors}.\n" if errors else ""


def _answers(status: str, response: Mapping[str, Any]) -> Iterator[str]:
    kinds = [f"`{kind}`{_named(content['schema'])}" for kind, content in response.get("content", {}).items()]
    yield f"Answer, {status}: {', or '.join(kinds) or response['description']}.\n".replace("..", ".")


def _shown(content: Mapping[str, Any]) -> str:
    example = content.get("example", {})
    text = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def _named(schema: Mapping[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f", a [{name}](#{name.lower()})" if name else ""


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if "description" in schema:
        yield f"{schema['description']}\n"
    rows = [_row(each, of) for each, of in schema.get("properties", {}).items()]
    if rows:
        yield "\n".join(["| property | type | what it is |", "|---|---|---|", *rows]) + "\n"


def _row(name: str, schema: Mapping[str, Any], where: Any = None) -> str:
    known = [schema, *schema.get("anyOf", ())]
    words = next((one["description"] for one in known if "description" in one), "")
    words = words.replace("|", "\\|").replace("\n", " ")
    return f"| `{name}` | {where or _type(schema)} | {words} |"


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or "any")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
