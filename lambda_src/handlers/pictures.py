"""Pictures for letters: announce an upload, ask whether it is ready, delete."""

from email_list.http import Request, Response, json_response
from email_list.router import Router
from handlers.wiring import audit
from handlers.wiring import pictures as wiring

handler = Router("pictures", audit=audit.enter)


@handler.operation("create_picture")
def _create(request: Request) -> Response:
    return json_response(201, wiring.pictures().announce(request.fields))


@handler.operation("get_picture")
def _show(request: Request) -> Response:
    pictures = wiring.pictures()
    return json_response(200, pictures.to_json(pictures.get(request.path_parameters["id"])))


@handler.operation("delete_picture")
def _delete(request: Request) -> Response:
    wiring.pictures().delete(request.path_parameters["id"])
    return Response(204, "")
