"""The administrators' tools for people: add, look up, change, erase, import, export.

The listing is `list_subscribers`.
"""

from email_list import addresses
from email_list.clock import iso, utc_now
from email_list.errors import NotFoundError
from email_list.http import Request, Response, json_response
from email_list.people import signup, sources
from email_list.people.imports import MAX_DIRECT_BYTES
from email_list.people.subscribers import VOUCHED, Evidence, email_of
from email_list.router import Router
from handlers.wiring import audit, settings
from handlers.wiring.administration import administration, exports, imports

handler = Router("subscribers", audit=audit.enter, max_body=MAX_DIRECT_BYTES)


@handler.operation("add_subscriber")
def _add(request: Request) -> Response:
    evidence = Evidence(at=iso(utc_now()), ip=request.source_ip, wording=VOUCHED)
    wish = signup.read_wish(request.fields, settings.topics(), evidence, sources.ADMINISTRATOR)
    return json_response(201, administration().add(wish).to_json())


@handler.operation("get_subscriber")
@handler.operation("get_subscriber_by_id")
def _show(request: Request) -> Response:
    return json_response(200, administration().find(_email(request)).to_json())


@handler.operation("change_subscriber")
@handler.operation("change_subscriber_by_id")
def _change(request: Request) -> Response:
    return json_response(200, administration().change(_email(request), request.fields).to_json())


@handler.operation("erase_subscriber")
@handler.operation("erase_subscriber_by_id")
def _erase(request: Request) -> Response:
    email = _email(request)
    administration().erase(email)
    return json_response(200, {"message": "The subscriber is erased.", "email": email})


@handler.operation("import_subscribers")
def _import(request: Request) -> Response:
    if request.has_type("text/csv"):
        return json_response(202, imports().take(request.body, request.query))
    return json_response(201, imports().open_upload({**request.query, **request.fields}))


@handler.operation("list_imports")
def _list_imports(request: Request) -> Response:
    return json_response(200, {"imports": imports().recent()})


@handler.operation("get_import")
def _show_import(request: Request) -> Response:
    return json_response(200, imports().progress(request.path_parameters["id"]))


@handler.operation("export_subscribers")
def _export(request: Request) -> Response:
    return json_response(202, exports().start(request.fields))


@handler.operation("get_export")
def _show_export(request: Request) -> Response:
    return json_response(200, exports().progress(request.path_parameters["id"]))


def _email(request: Request) -> str:
    """Whom a request is about. An id reaches people whose address no path can hold."""
    parameters = request.path_parameters
    if "email" in parameters:
        return addresses.normalise(parameters["email"])
    email = email_of(parameters["id"])
    if email is None:
        raise NotFoundError("There is no subscriber with this id.")
    return email
