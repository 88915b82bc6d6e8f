"""The description of the API."""

from email_list import openapi
from email_list.http import Request, Response
from email_list.router import Router
from handlers.wiring import settings

CACHING = "public, max-age=300"

handler = Router("openapi")


@handler.operation("describe_api")
def _describe(request: Request) -> Response:
    of_list = settings.of_list()
    return openapi.asset(of_list.public_url, archive=of_list.archive).answer(request, CACHING)
