"""GET /openapi.json: the description of the API."""

import json
import os
from functools import cache

from email_list import openapi
from email_list.http import Request, Response, endpoint

HEADERS = {
    "content-type": "application/json",
    "cache-control": "public, max-age=300",
    "x-content-type-options": "nosniff",
}


@cache
def _document() -> str:
    return json.dumps(openapi.document(os.environ["PUBLIC_URL"]))


@endpoint()
def handler(request: Request) -> Response:
    return Response(200, _document(), HEADERS)
