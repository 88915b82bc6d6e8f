"""The administrator's tools for people: add, look up, edit, erase, import, export.

`GET /subscribers`, the listing, is `list_subscribers`.
"""

import os
from functools import cache
from typing import Any

from email_list import addresses, fields
from email_list.aws.account_suppression import AccountSuppression
from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.clients import client, dynamodb_table, storage_client
from email_list.aws.files import Files
from email_list.aws.job_table import JobTable
from email_list.aws.queue import Queue
from email_list.clock import iso, utc_now
from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.events import suppression
from email_list.http import Request, Response, endpoint, json_response
from email_list.people import signup
from email_list.people.consent import Act
from email_list.people.exports import Export, Exports
from email_list.people.imports import MAX_DIRECT_BYTES, Import, Imports
from email_list.people.subscribers import Evidence, Record, Status
from handlers.shared import wiring
from handlers.shared.erasing import erase

_EDITABLE = {"name", "topics", "attributes", "status", "acknowledge"}


@cache
def _records() -> Any:
    return dynamodb_table(os.environ["RECORDS_TABLE"])


@cache
def _files() -> Files:
    return Files(storage_client(), os.environ["FILES_BUCKET"])


@cache
def _imports() -> Imports:
    return Imports(JobTable(_records(), Import), _files())


@cache
def _exports() -> Exports:
    return Exports(JobTable(_records(), Export), _files(), Queue(os.environ["EXPORTS_QUEUE"]))


@endpoint(max_body=MAX_DIRECT_BYTES)
def handler(request: Request) -> Response:
    # Parameters before the path: an address may be sent that ends like another route.
    parameters = request.path_parameters
    if "email" in parameters:
        return _person(request, addresses.normalise(parameters["email"]))
    if "id" in parameters:
        return json_response(200, _imports().progress(parameters["id"]))
    if request.path.endswith("/import"):
        return _import(request)
    if request.path.endswith("/export"):
        return _export(request)
    return _add(request)


def _person(request: Request, email: str) -> Response:
    match request.method:
        case "GET":
            return json_response(200, _record(email).to_json())
        case "PATCH":
            return _edit(email, request.json())
        case _:
            return _erase(email)


def _add(request: Request) -> Response:
    evidence = Evidence(at=iso(utc_now()), ip=request.source_ip, wording="vouched for by an administrator")
    wish = signup.read_wish(request.json(), wiring.topics(), evidence, "administrator")
    signup.vouch(wish, wiring.people(), wiring.fingerprints(), Act.VOUCH)
    return json_response(201, _record(wish.email).to_json())


def _record(email: str) -> Record:
    person = wiring.people().get(email)
    if person is None:
        raise NotFoundError("There is no subscriber with this address.")
    return person


def _edit(email: str, asked: dict[str, Any]) -> Response:
    unknown = sorted(set(asked) - _EDITABLE)
    if unknown:
        raise InvalidError(f"{unknown[0][:40]} cannot be changed.", details={"field": unknown[0][:40]})
    changes: dict[str, Any] = {}
    if "name" in asked:
        changes["name"] = fields.name(asked["name"])
    if "attributes" in asked:
        changes["attributes"] = fields.attributes(asked["attributes"])
    if "topics" in asked:
        changes["topics"] = fields.topics(asked["topics"], [topic.name for topic in wiring.topics()])
    current = _record(email).status
    if "status" in asked:
        _change_status(email, current, asked)
    if changes and not wiring.people().edit(email, changes):
        raise NotFoundError("There is no subscriber with this address.")
    return json_response(200, _record(email).to_json())


def _change_status(email: str, current: Status, asked: dict[str, Any]) -> None:
    """`unsubscribed` for whoever is on the list; `active` for whoever is not, but knowingly."""
    match asked["status"]:
        case current.value:
            return
        case Status.UNSUBSCRIBED.value:
            if not wiring.people().unsubscribe(email, iso(utc_now()), by="administrator"):
                raise ConflictError(f"A subscriber who is {current} cannot become unsubscribed.")
        case Status.ACTIVE.value:
            if current is Status.COMPLAINED:
                raise ConflictError("This person reported a mail as spam. They are never mailed again.")
            if asked.get("acknowledge") != current.value:
                message = f'This person is {current}. To make them active all the same, add "acknowledge": "{current}".'
                raise ConflictError(message, code="acknowledgement_required")
            if current is Status.BOUNCED:
                _lift_suppression(email)
            if not wiring.people().reactivate(email, iso(utc_now())):
                raise ConflictError("The status has changed meanwhile. Look again.")
        case _:
            raise InvalidError("status can be set to unsubscribed or active.", details={"field": "status"})


def _lift_suppression(email: str) -> None:
    """Let SES deliver to the address again; unless, by what another list of the account knows, it complained."""
    if AccountSuppression(client("sesv2")).lift(email):
        return
    CleaningTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"])).complained(email, iso(utc_now()), suppression.REASON)
    raise ConflictError("This person reported a mail of this AWS account as spam. They are never mailed again.")


def _erase(email: str) -> Response:
    if not erase(email):
        raise NotFoundError("There is no subscriber with this address.")
    return json_response(200, {"message": "The subscriber is erased.", "email": email})


def _import(request: Request) -> Response:
    if request.method == "GET":
        return json_response(200, {"imports": _imports().recent()})
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("text/csv"):
        return json_response(202, _imports().take(request.body))
    return json_response(201, _imports().open_upload())


def _export(request: Request) -> Response:
    job_id = request.query.get("id")
    if job_id:
        return json_response(200, _exports().progress(job_id))
    status = request.query.get("status")
    if status and status not in list(Status):
        raise InvalidError(f"status is one of {', '.join(Status)}.", details={"field": "status"})
    return json_response(202, _exports().start(status))
