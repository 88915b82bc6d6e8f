"""The description of the HTTP API in OpenAPI 3.1, for people, for client generators, and for the tests.

Tests check it against the code: every declared route is described and no other, and every response that the handlers'
tests or the fuzzer see has a status and a shape given here.
"""

import json
from functools import cache
from typing import Any

from contract import ROUTES
from email_list.assets import Asset
from email_list.openapi.meanings import described
from email_list.openapi.operations import OPERATIONS
from email_list.openapi.schemas import SCHEMAS
from email_list.openapi.webhooks import WEBHOOKS

VERSION = "1.0.0"
"""Of the interface: the first number changes when clients must."""

_ABOUT = """An email list: people subscribe with double opt-in and unsubscribe with one click; administrators send
newsletters.

Admin operations need `Authorization: Bearer TOKEN`, some of them with a wider scope. Listings return a `cursor`
while there is more. Errors are `{"error": {"code", "message", "details"}}`. Unknown query parameters and unknown
fields of JSON bodies are refused.
"""


def document(public_url: str, *, archive: bool = True) -> dict[str, Any]:
    """The whole description; `public_url` is the API's address without a trailing slash, and `archive` says whether
    the list has one."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        if route.function == "archive" and not archive:
            continue
        path = route.path.replace("+}", "}")
        paths.setdefault(path, {})[route.method.lower()] = OPERATIONS[route.operation].to_json(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Email list",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": public_url}],
        "tags": [
            {"name": "public", "description": "For subscribers and their browsers. No token."},
            {"name": "webhooks", "description": "What the list tells the receiver at webhookUrl."},
            {"name": "admin", "description": "For editors, the console and other programs. With a token."},
        ],
        "paths": paths,
        "webhooks": WEBHOOKS,
        "components": {
            "schemas": {name: described(schema, name) for name, schema in SCHEMAS.items()},
            "securitySchemes": {"adminToken": {"type": "http", "scheme": "bearer"}},
        },
    }


@cache
def asset(public_url: str, *, archive: bool) -> Asset:
    """The description as it is served."""
    described_api = document(public_url, archive=archive)
    return Asset.of(json.dumps(described_api, separators=(",", ":")).encode(), "application/json")
