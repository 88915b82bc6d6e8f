"""The administrators' web application. It holds no data; the admin API does."""

import os

from contract import Env
from email_list import console
from email_list.http import Request, Response
from email_list.router import Router

handler = Router("console")


@handler.operation("open_console")
def _page(request: Request) -> Response:
    return console.page(request, _places())


@handler.operation("get_console_file")
def _file(request: Request) -> Response:
    return console.file(request, request.path_parameters["file"], _places())


def _places() -> console.Places:
    return console.Places(os.environ.get(Env.PICTURES_UPLOAD, ""), os.environ.get(Env.PICTURES_URL, ""))
