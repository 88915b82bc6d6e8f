"""GET /console and GET /console/{file+}: the administrators' web application. It holds no data; the admin API does."""

from email_list import console
from email_list.http import Request, Response, endpoint


@endpoint()
def handler(request: Request) -> Response:
    path = request.path_parameters.get("file")
    return console.page(request) if path is None else console.file(request, path)
