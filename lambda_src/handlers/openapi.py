"""GET /openapi.json: the description of the API."""

import json
import os
from functools import cache

from email_list import openapi
from email_list.http import Request, Response
from email_list.router import Router

HEADERS = {
    "content-type": "application/json",
    "cache-control": "public, max-age=300",
    "x-content-type-options": "nosniff",
}

handler = Router("openapi")


@cache
def _document() -> str:
    return json.dumps(openapi.document(os.environ["PUBLIC_URL"]))


@handler.operation("describe_api")
def _describe(request: Request) -> Response:
    return Response(200, _document(), HEADERS)
