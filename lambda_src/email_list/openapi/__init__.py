"""The description of the HTTP API in OpenAPI 3.1, for people, for client generators, and for the tests.

Tests hold it against the code: every route that is declared is described and no other, and every answer that the
handlers' tests or the fuzzer see has a status and a shape that stand here.
"""

import json
from functools import cache
from typing import Any

from contract import ROUTES
from email_list.assets import Asset
from email_list.openapi.operations import OPERATIONS
from email_list.openapi.schemas import SCHEMAS

VERSION = "1.0.0"
"""Of the interface: the first number changes when a client must."""

_ABOUT = """\
An email list: people join by double opt-in and leave with one click, administrators send newsletters.

Admin operations need `Authorization: Bearer TOKEN`; a read-only token opens those by GET. Listings give a `cursor`
while there is more. Errors are `{"error": {"code", "message", "details"}}`. Unknown query parameters and unknown
fields of JSON bodies are refused."""


def document(public_url: str) -> dict[str, Any]:
    """The whole description; `public_url` is the API's address without a slash at its end."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        path = route.path.replace("+}", "}")
        paths.setdefault(path, {})[route.method.lower()] = OPERATIONS[route.operation].to_json(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Email list", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": public_url}],
        "tags": [
            {"name": "public", "description": "What subscribers and their browsers use. No token."},
            {"name": "admin", "description": "What editors, the console and other programs use. With a token."},
        ],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"adminToken": {"type": "http", "scheme": "bearer"}},
        },
    }


@cache
def asset(public_url: str) -> Asset:
    """The description as it is served."""
    return Asset.of(json.dumps(document(public_url), separators=(",", ":")).encode(), "application/json")
