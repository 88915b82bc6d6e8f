"""GET /openapi.json: the description of the API."""

import json
import os
from functools import cache

from email_list import openapi
from email_list.assets import Asset
from email_list.http import Request, Response
from email_list.router import Router

CACHING = "public, max-age=300"

handler = Router("openapi")


@cache
def _document() -> Asset:
    text = json.dumps(openapi.document(os.environ["PUBLIC_URL"]), separators=(",", ":"))
    return Asset.of(text.encode(), "application/json")


@handler.operation("describe_api")
def _describe(request: Request) -> Response:
    return _document().answer(request, CACHING)
