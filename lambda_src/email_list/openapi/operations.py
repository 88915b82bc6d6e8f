"""The operations of the API: what each takes, and every status it can answer with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from email_list import pages
from email_list.campaigns.campaign import ID_LENGTH
from email_list.campaigns.desk import RECIPIENT_GROUPS
from email_list.csv_answers import FORMATS
from email_list.openapi.schemas import Schema, ref, text, word
from email_list.people.subscribers import UNSUBSCRIBE_REASONS, Status
from email_list.people.tokens import MAX_TOKEN

JSON, HTML, FORM, CSV, PLAIN = (
    "application/json",
    "text/html",
    "application/x-www-form-urlencoded",
    "text/csv",
    "text/plain",
)

_ERROR_MEANINGS: Mapping[int, str] = {
    400: "The request cannot be read, or names an address, a cursor or a link that cannot be one.",
    404: "There is no such thing.",
    409: "This contradicts what is there.",
    410: "The link's time is over.",
    413: "The request is too large.",
    422: "A value is out of its bounds.",
    429: "Too many requests.",
    500: "Something unexpected went wrong on our side.",
    503: "The captcha's service cannot be reached.",
}

_GATEWAY_REFUSALS: Mapping[int, str] = {401: "There is no token.", 403: "The token is not valid for this operation."}

_ALWAYS = (413, 429, 500)
"""Any body can be too large, API Gateway throttles every route, and nothing is without mistakes."""


@dataclass(frozen=True)
class Operation:
    """One method of one path. `answers` holds a schema, or None for no content, by status and media type.

    `errors` are the statuses of its errors besides those that every operation has.
    """

    method: str
    path: str
    summary: str
    answers: Mapping[int, Mapping[str, Schema | None]]
    errors: Sequence[int] = ()
    admin: bool = True
    parameters: Sequence[Mapping[str, Any]] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)
    pages: bool = False
    """Whether errors are pages for people rather than JSON."""

    def to_json(self) -> dict[str, Any]:
        """The OpenAPI operation object."""
        words = re.sub(r"[^a-z0-9]+", "_", f"{self.method} {self.path}".lower()).strip("_")
        operation: dict[str, Any] = {
            "operationId": words,
            "summary": self.summary,
            "tags": ["admin" if self.admin else "public"],
            "parameters": [*self._path_parameters(), *self.parameters],
            "responses": {str(status): answer for status, answer in sorted(self._responses().items())},
        }
        if self.body:
            operation["requestBody"] = {"content": {kind: {"schema": schema} for kind, schema in self.body.items()}}
        operation["security"] = [{"adminToken": []}] if self.admin else []
        return operation

    def _path_parameters(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS[name]}
            for name in re.findall(r"{(\w+)}", self.path)
        ]

    def _responses(self) -> dict[int, dict[str, Any]]:
        responses = {status: _response(_SUCCESS[status], kinds) for status, kinds in self.answers.items()}
        for status in {*_ALWAYS, *self.errors}:
            kinds: dict[str, Schema | None] = {JSON: ref("Error")}
            if self.pages:
                kinds[HTML] = text()
            if status == 429:
                kinds[JSON] = {"anyOf": [ref("Error"), ref("Refusal")]}
            if status == 404 and self._path_parameters():
                kinds[JSON] = {"anyOf": [ref("Error"), ref("Refusal")]}
            responses[status] = _response(_ERROR_MEANINGS[status], kinds)
        if self._path_parameters():
            # A path that API Gateway finds no route for, since a parameter is empty or holds a slash.
            responses.setdefault(404, _response(_ERROR_MEANINGS[404], {JSON: ref("Refusal")}))
        if self.admin:
            for status, meaning in _GATEWAY_REFUSALS.items():
                responses[status] = _response(meaning, {JSON: ref("Refusal")})
        return responses


_SUCCESS: Mapping[int, str] = {
    200: "Done.",
    201: "Made.",
    202: "Taken; the rest happens in the background.",
    204: "Done; there is nothing to say.",
    304: "Not changed since.",
}

_PATH_SCHEMAS: Mapping[str, Schema] = {
    "email": text(minLength=1, example="ada@example.com"),
    "id": text(minLength=1),
    "name": text(minLength=1),
    "file": text(minLength=1, description="A path; it may hold slashes."),
}


def _response(description: str, kinds: Mapping[str, Schema | None]) -> dict[str, Any]:
    content = {kind: {"schema": schema} for kind, schema in kinds.items() if schema is not None}
    return {"description": description, **({"content": content} if content else {})}


def _query(name: str, schema: Schema, description: str = "", *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": text(), "description": description}


def _json(status: int, schema: str) -> dict[int, dict[str, Schema | None]]:
    return {status: {JSON: ref(schema)}}


def _limit(default: int, most: int) -> dict[str, Any]:
    return _query("limit", {"type": "integer", "minimum": 1, "maximum": most, "default": default})


_PAGE: dict[int, dict[str, Schema | None]] = {200: {HTML: text()}}
_LANGUAGE = _query("language", text(10), "The language of the page.")
_TOKEN = _query("token", text(MAX_TOKEN), "From the link in a mail.")
_CURSOR = _query("cursor", text(), "From the page before.")
_FORMAT = _query("format", word(FORMATS), "Instead of the header Accept.")
_CAMPAIGN_ID = text(description=f"{ID_LENGTH} letters and digits.")


def _form(**properties: Schema) -> dict[str, Schema]:
    """A form of the pages: its link's token, and what its buttons and fields say."""
    known = {"token": text(), "language": text(), **properties}
    return {FORM: {"type": "object", "properties": known}}


_PUBLIC = (
    Operation(
        "GET",
        "/subscribe",
        "The sign-up form.",
        _PAGE,
        admin=False,
        pages=True,
        parameters=[_LANGUAGE],
    ),
    Operation(
        "POST",
        "/subscribe",
        "Sign up, by JSON or by the form. With double opt-in the answer is the same for every address.",
        {200: {JSON: ref("Message"), HTML: text()}, 202: {JSON: ref("Message"), HTML: text()}},
        errors=(400, 409, 422, 503),
        admin=False,
        pages=True,
        body={
            JSON: ref("SignUp"),
            FORM: {
                "type": "object",
                "properties": {"email": text(), "name": text(), pages.HONEYPOT_FIELD: text(), "language": text()},
                "required": ["email"],
            },
        },
    ),
    Operation(
        "GET",
        "/subscribe/embed",
        "The sign-up form as HTML to paste into a web site.",
        {200: {PLAIN: text()}},
        admin=False,
        pages=True,
        parameters=[_LANGUAGE],
    ),
    Operation(
        "GET",
        "/confirm",
        "The page behind the link of a confirmation mail. It changes nothing.",
        _PAGE,
        errors=(400, 410),
        admin=False,
        pages=True,
        parameters=[_TOKEN, _LANGUAGE],
    ),
    Operation(
        "POST",
        "/confirm",
        "Confirm a subscription.",
        _PAGE,
        errors=(400, 410),
        admin=False,
        pages=True,
        parameters=[_TOKEN],
        body=_form(),
    ),
    Operation(
        "GET",
        "/unsubscribe",
        "The page behind the link in every mail. It changes nothing.",
        _PAGE,
        errors=(400,),
        admin=False,
        pages=True,
        parameters=[_TOKEN, _LANGUAGE],
    ),
    Operation(
        "POST",
        "/unsubscribe",
        "Leave, by the page's button or by a mail client's one click (RFC 8058).",
        _PAGE,
        errors=(400,),
        admin=False,
        pages=True,
        parameters=[_TOKEN],
        body=_form(reason=word(UNSUBSCRIBE_REASONS), comment=text(), **{"List-Unsubscribe": text()}),
    ),
    Operation(
        "GET",
        "/preferences",
        "What is stored about a person, for them to change.",
        _PAGE,
        errors=(400, 404, 410),
        admin=False,
        pages=True,
        parameters=[_TOKEN, _LANGUAGE],
    ),
    Operation(
        "POST",
        "/preferences",
        "Change, download or erase what is stored about oneself.",
        {200: {HTML: text(), JSON: {"type": "object"}}},
        errors=(400, 404, 410),
        admin=False,
        pages=True,
        parameters=[_TOKEN],
        body=_form(action=word(pages.Action), name=text()),
    ),
    Operation(
        "GET",
        "/console",
        "The administrators' web application.",
        {200: {HTML: text()}, 304: {}},
        admin=False,
    ),
    Operation(
        "GET",
        "/console/{file}",
        "A file of the administrators' web application.",
        {200: {kind: text() for kind in (HTML, "text/css", "text/javascript", "image/svg+xml")}, 304: {}},
        errors=(404,),
        admin=False,
    ),
    Operation(
        "GET",
        "/openapi.json",
        "This description.",
        {200: {JSON: {"type": "object"}}},
        admin=False,
    ),
)

_SUBSCRIBERS = (
    Operation(
        "GET",
        "/subscribers",
        "List subscribers by status, newest first, or by the beginning of their address.",
        _json(200, "SubscriberPage"),
        errors=(400, 422),
        parameters=[
            _query("status", word(Status)),
            _query("search", text(254), "The beginning of an address, two characters or more; not with status."),
            _limit(100, 500),
            _CURSOR,
        ],
    ),
    Operation(
        "POST",
        "/subscribers",
        "Add a person whose consent you answer for.",
        _json(201, "SubscriberRecord"),
        errors=(400, 409, 422),
        body={JSON: ref("SignUp")},
    ),
    Operation(
        "GET",
        "/subscribers/{email}",
        "Everything about a person.",
        _json(200, "SubscriberRecord"),
        errors=(400, 404),
    ),
    Operation(
        "PATCH",
        "/subscribers/{email}",
        "Change a person.",
        _json(200, "SubscriberRecord"),
        errors=(400, 404, 409, 422),
        body={JSON: ref("SubscriberChanges")},
    ),
    Operation(
        "DELETE",
        "/subscribers/{email}",
        "Erase a person for good.",
        _json(200, "Message"),
        errors=(400, 404),
    ),
    Operation("GET", "/subscribers/import", "The last imports.", _json(200, "ImportList")),
    Operation(
        "POST",
        "/subscribers/import",
        "Import a CSV file with a header row `email,name,...`: in the request, or, without one, by an upload link.",
        {**_json(201, "Upload"), **_json(202, "Import")},
        errors=(422,),
        body={CSV: text()},
    ),
    Operation(
        "GET",
        "/subscribers/import/{id}",
        "How far an import is.",
        _json(200, "Import"),
        errors=(404,),
    ),
    Operation(
        "GET",
        "/subscribers/export",
        "Begin an export of the people with a status, or of everyone; with an id, how far it is.",
        {**_json(200, "Export"), **_json(202, "Export")},
        errors=(404, 422),
        parameters=[_query("id", text()), _query("status", word(Status))],
    ),
)

_CAMPAIGNS = (
    Operation(
        "GET",
        "/campaigns",
        "List campaigns, newest first.",
        _json(200, "CampaignPage"),
        errors=(400, 422),
        parameters=[_limit(20, 50), _CURSOR],
    ),
    Operation(
        "POST",
        "/campaigns",
        "Create a campaign. Its content is frozen now, its audience when it starts.",
        _json(201, "CreatedCampaign"),
        errors=(400, 404, 409, 422),
        parameters=[_header("Idempotency-Key", "The same key and request again give the same campaign.")],
        body={JSON: ref("CampaignRequest")},
    ),
    Operation(
        "GET",
        "/campaigns/{id}",
        "A campaign, its counts, how fast it is, and what has come back.",
        {200: {JSON: ref("RunningCampaign"), CSV: text()}},
        errors=(404, 422),
        parameters=[_FORMAT, _query("table", word(("results", "hours", "days")), "What the rows of the CSV are.")],
    ),
    Operation(
        "GET",
        "/campaigns/{id}/recipients",
        "Who a campaign is for, and what became of each. A page may be short, or empty, with a cursor.",
        _json(200, "RecipientPage"),
        errors=(400, 404, 422),
        parameters=[
            _query("group", word(RECIPIENT_GROUPS)),
            _limit(100, 1000),
            _CURSOR,
        ],
    ),
    Operation(
        "POST",
        "/campaigns/{id}/test",
        "Mail a campaign's content to a few addresses.",
        _json(200, "SentTo"),
        errors=(400, 404, 422),
        body={JSON: ref("TestRequest")},
    ),
    *(
        Operation("POST", f"/campaigns/{{id}}/{verb}", summary, _json(200, "Campaign"), errors=(404, 409))
        for verb, summary in (
            ("pause", "Send nothing more until the campaign is resumed."),
            ("resume", "Go on where the campaign was paused."),
            ("cancel", "Send nothing more for good."),
        )
    ),
)

_TEMPLATES = (
    Operation(
        "GET",
        "/templates",
        "List templates by name; those shipped with the product lead the first page.",
        _json(200, "TemplatePage"),
        errors=(400, 422),
        parameters=[_limit(50, 100), _CURSOR],
    ),
    Operation("GET", "/templates/{name}", "A template's source.", _json(200, "Template"), errors=(404,)),
    Operation(
        "PUT",
        "/templates/{name}",
        "Save a template, in place of the version that was read.",
        {**_json(200, "SavedTemplate"), **_json(201, "SavedTemplate")},
        errors=(400, 409, 422),
        parameters=[
            _header("If-Match", "The version that you read, in quotes."),
            _header("If-None-Match", "* to save only where there is none."),
        ],
        body={JSON: ref("TemplateSource")},
    ),
    Operation("DELETE", "/templates/{name}", "Delete a template.", {204: {}}, errors=(404, 409, 422)),
    Operation(
        "POST",
        "/templates/{name}/preview",
        "Let SES render a template with values, and with its sample for those that are missing.",
        _json(200, "TemplatePreview"),
        errors=(400, 404, 422),
        body={JSON: ref("TemplatePreviewRequest")},
    ),
)

_DRAFTS = (
    Operation(
        "POST",
        "/drafts/preview",
        "How a letter that is still being written will look.",
        _json(200, "DraftPreview"),
        errors=(400, 404, 422),
        body={JSON: ref("DraftRequest")},
    ),
    Operation(
        "POST",
        "/drafts/test",
        "Mail a letter that is still being written to a few addresses.",
        _json(200, "DraftSentTo"),
        errors=(400, 404, 422),
        body={JSON: ref("DraftTest")},
    ),
    Operation(
        "POST",
        "/drafts/audience",
        "How many active people an audience has.",
        _json(200, "AudienceSize"),
        errors=(400, 422),
        body={JSON: ref("AudienceRequest")},
    ),
    Operation(
        "GET",
        "/analytics",
        "How the list grew between two days, and what came of the campaigns of those days.",
        {200: {JSON: ref("Analytics"), CSV: text()}},
        errors=(422,),
        parameters=[
            _query("from", text(format="date"), "The first day; 30 days up to the last by default."),
            _query("to", text(format="date"), "The last day, in UTC; today by default."),
            _FORMAT,
            _query("table", word(("days", "campaigns")), "What the rows of the CSV are."),
        ],
    ),
    Operation("GET", "/settings", "What is configured, and the state of sender and account.", _json(200, "Settings")),
)

OPERATIONS: Sequence[Operation] = (*_PUBLIC, *_SUBSCRIBERS, *_CAMPAIGNS, *_TEMPLATES, *_DRAFTS)
