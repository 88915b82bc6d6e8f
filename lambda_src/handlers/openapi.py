"""The description of the API."""

import os

from contract import Env
from email_list import openapi
from email_list.http import Request, Response
from email_list.router import Router

CACHING = "public, max-age=300"

handler = Router("openapi")


@handler.operation("describe_api")
def _describe(request: Request) -> Response:
    return openapi.asset(os.environ[Env.PUBLIC_URL]).answer(request, CACHING)
