"""The API's operations by their ids in the contract: what each takes, and every status it can answer with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from contract import Access, Route
from email_list import pages
from email_list.audit.entries import MAX_ON
from email_list.campaigns import campaign
from email_list.campaigns.recipients import RECIPIENT_GROUPS
from email_list.csv_answers import FORMATS
from email_list.openapi.examples import ID, OTHERS, REQUESTS, example
from email_list.openapi.meanings import described
from email_list.openapi.schemas import IMPORT_OPTIONS, Schema, ref, text, word
from email_list.people.subscribers import UNSUBSCRIBE_REASONS, Status
from email_list.people.tokens import MAX_TOKEN
from email_list.sequences.places import Group
from email_list.words import languages

JSON, HTML, FORM, CSV, PLAIN = (
    "application/json",
    "text/html",
    "application/x-www-form-urlencoded",
    "text/csv",
    "text/plain",
)

ATOM, XML = "application/atom+xml", "application/xml"

_ERROR_MEANINGS: Mapping[int, str] = {
    400: "The request cannot be read, or contains an invalid address, cursor or link.",
    404: "Not found.",
    409: "This conflicts with the current state.",
    410: "The link has expired.",
    412: "It has changed since you read it.",
    413: "The request is too large.",
    415: "The body is neither a form nor said to be JSON.",
    422: "A value is out of its bounds.",
    429: "Too many requests.",
    500: "Something went wrong on our side.",
    503: "The captcha service cannot be reached.",
}

_GATEWAY_REFUSALS: Mapping[int, str] = {401: "The token is missing.", 403: "The token is not valid for this operation."}

_ALWAYS = (413, 429, 500)
"""Any body can be too large, API Gateway throttles every route, and no code is free of bugs."""


@dataclass(frozen=True)
class Operation:
    """What a route's operation does. `answers` holds a schema, or None for no content, by status and media type.

    `errors` are the statuses of its errors in addition to those of every operation of its kind. `query` describes the
    query parameters, `body` the body by media type. `pages` says that errors may be pages for people.
    """

    summary: str
    answers: Mapping[int, Mapping[str, Schema | None]]
    errors: Sequence[int] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Schema] = field(default_factory=dict)
    pages: bool = False

    def to_json(self, route: Route) -> dict[str, Any]:
        """The OpenAPI operation object for a route."""
        public = route.access is Access.PUBLIC
        operation: dict[str, Any] = {
            "operationId": route.operation,
            "summary": self.summary,
            "tags": ["public" if public else "admin"],
            "security": [] if public else [{"adminToken": []}],
            "parameters": [*_path_parameters(route), *self._query(), *self._headers()],
            "responses": {str(status): answer for status, answer in sorted(self._responses(route).items())},
        }
        if self.body:
            operation["requestBody"] = {"content": {kind: self._body(route, kind) for kind in self.body}}
        return operation

    def _body(self, route: Route, kind: str) -> dict[str, Any]:
        schema = self.body[kind]
        if kind == FORM:
            first = {**schema, "required": [*schema["properties"]][:1]}
            return {"schema": described(schema), "example": example(first)}
        return {"schema": schema, "example": OTHERS[kind] if kind in OTHERS else REQUESTS[route.operation]}

    def _query(self) -> list[dict[str, Any]]:
        return [_parameter(name, "query", schema) for name, schema in self.query.items()]

    def _headers(self) -> list[dict[str, Any]]:
        return [_parameter(name, "header", text(description=words)) for name, words in self.headers.items()]

    def _responses(self, route: Route) -> dict[int, dict[str, Any]]:
        responses = {status: _response(_SUCCESS[status], kinds) for status, kinds in self.answers.items()}
        with_gateway = {429, 404} if "{" in route.path else {429}
        for status in {*_ALWAYS, *_of_input(route), *self.errors}:
            error = ref("Error")
            kinds: dict[str, Schema | None] = {
                JSON: {"anyOf": [error, ref("Refusal")]} if status in with_gateway else error,
                **({HTML: text()} if self.pages else {}),
            }
            responses[status] = _response(_ERROR_MEANINGS[status], kinds)
        if "{" in route.path:
            # API Gateway itself answers for a path that ends before its parameter.
            responses.setdefault(404, _response(_ERROR_MEANINGS[404], {JSON: {"anyOf": [error, ref("Refusal")]}}))
        if route.access is not Access.PUBLIC:
            for status, meaning in _GATEWAY_REFUSALS.items():
                responses[status] = _response(meaning, {JSON: ref("Refusal")})
                responses[status]["content"][JSON]["example"] = {"message": HTTPStatus(status).phrase}
        return responses


def _of_input(route: Route) -> Sequence[int]:
    """The statuses with which `email_list.router` refuses a parameter, and a body or one of its fields."""
    if route.form:
        return ()
    return (400, 422) if route.query or route.method not in ("GET", "DELETE") else (400,)


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)\+?}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS[name]} for name in names]


_SUCCESS: Mapping[int, str] = {
    200: "Done.",
    201: "Created.",
    202: "Accepted; processing continues in the background.",
    204: "Done; no content.",
    304: "Not modified.",
}

_PATH_SCHEMAS: Mapping[str, Schema] = {
    "email": text(minLength=1, example="ada@example.com", description="The person's address."),
    "id": text(minLength=1, example=ID, description="Its id."),
    "name": text(minLength=1, example="announcement", description="Its name."),
    "slug": text(minLength=1, example=f"the-fair-{ID.lower()}", description="Any words, then the campaign's id."),
    "file": text(minLength=1, example="style.css", description="A path; it may contain slashes."),
}


def _response(description: str, kinds: Mapping[str, Schema | None]) -> dict[str, Any]:
    content = {kind: _shown(kind, schema) for kind, schema in kinds.items() if schema is not None}
    return {"description": description, **({"content": content} if content else {})}


def _shown(kind: str, schema: Schema) -> dict[str, Any]:
    """The schema and an example of a body; a file's content speaks for itself."""
    if kind in OTHERS or kind == JSON:
        return {"schema": schema, "example": OTHERS.get(kind) or example(schema)}
    return {"schema": schema}


def _parameter(name: str, where: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": where, "required": False, "schema": schema}


def _json(status: int, schema: str) -> dict[int, dict[str, Schema | None]]:
    return {status: {JSON: ref(schema)}}


def _page_of(default: int, most: int) -> dict[str, Schema]:
    """The parameters of a listing."""
    return {
        "limit": {"type": "integer", "minimum": 1, "maximum": most, "default": default},
        "cursor": text(description="From the previous page."),
    }


def _csv(*tables: str) -> dict[str, Schema]:
    """The parameters of a response that is also available as CSV."""
    return {
        "format": word(FORMATS, description="Takes precedence over the header Accept."),
        "table": word(tables, description="What the rows of the CSV are."),
    }


_PAGE: dict[int, dict[str, Schema | None]] = {200: {HTML: text()}}
_LANGUAGE = {"language": text(10, description="The language of the page.")}
_TOKEN = {"token": text(MAX_TOKEN, description="From the link in an email.")}


def _form(**properties: Schema) -> dict[str, Schema]:
    """A form on a page: its link's token, and what its buttons and fields say."""
    known = {"token": text(), "language": text(), **properties}
    return {FORM: {"type": "object", "properties": known}}


_ONE_SUBSCRIBER: Mapping[str, Operation] = {
    "get_subscriber": Operation("Get everything about a person.", _json(200, "SubscriberRecord"), errors=(404,)),
    "change_subscriber": Operation(
        "Change a person.",
        _json(200, "SubscriberRecord"),
        errors=(404, 409),
        body={JSON: ref("SubscriberChanges")},
    ),
    "erase_subscriber": Operation("Erase a person permanently.", _json(200, "Message"), errors=(404,)),
}

OPERATIONS: Mapping[str, Operation] = {
    "show_sign_up_form": Operation(
        "Get the sign-up form.",
        _PAGE,
        pages=True,
        query=_LANGUAGE,
    ),
    "sign_up": Operation(
        "Subscribe, with JSON or the form. With double opt-in the response is the same for every address.",
        {200: {JSON: ref("Message"), HTML: text()}, 202: {JSON: ref("Message"), HTML: text()}},
        errors=(400, 409, 415, 422, 503),
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
    "get_embeddable_form": Operation(
        "Get the sign-up form as HTML to paste into a website.",
        {200: {PLAIN: text()}},
        pages=True,
        query=_LANGUAGE,
    ),
    "show_confirmation_page": Operation(
        "Get the page behind the link in a confirmation email. It changes nothing.",
        _PAGE,
        errors=(400, 410),
        pages=True,
        query=_TOKEN | _LANGUAGE,
    ),
    "confirm": Operation(
        "Confirm a subscription.",
        _PAGE,
        errors=(400, 410),
        pages=True,
        query=_TOKEN,
        body=_form(),
    ),
    "show_unsubscribe_page": Operation(
        "Get the page behind the link in every email. It changes nothing.",
        _PAGE,
        errors=(400,),
        pages=True,
        query=_TOKEN | _LANGUAGE,
    ),
    "unsubscribe": Operation(
        "Unsubscribe, by the page's button or by a mail client's one-click request (RFC 8058).",
        _PAGE,
        errors=(400,),
        pages=True,
        query=_TOKEN,
        body=_form(reason=word(UNSUBSCRIBE_REASONS), comment=text(), **{"List-Unsubscribe": text()}),
    ),
    "show_preferences": Operation(
        "Get the page on which people choose their topics. It changes nothing.",
        _PAGE,
        errors=(400, 404, 410),
        pages=True,
        query=_TOKEN | _LANGUAGE,
    ),
    "change_preferences": Operation(
        "Choose topics, or have a link to one's data emailed to the address; it works once, within one hour.",
        _PAGE,
        errors=(400, 404, 410),
        pages=True,
        query=_TOKEN,
        body=_form(action=word(pages.Action)),
    ),
    "show_data_page": Operation(
        "Get the page on which people download, correct or erase what is stored about them.",
        _PAGE,
        errors=(400, 410),
        pages=True,
        query=_TOKEN | _LANGUAGE,
    ),
    "use_data_page": Operation(
        "Download or erase one's own data, or correct the name. The link works only once.",
        {200: {HTML: text(), JSON: {"type": "object"}}},
        errors=(400, 404, 410),
        pages=True,
        query=_TOKEN,
        body=_form(action=word(pages.Action), name=text()),
    ),
    "list_archive": Operation(
        "Get the archive: the public campaigns, as a page. Needs the configuration key `archive`, as all of it does.",
        {**_PAGE, 304: {}},
        errors=(400,),
        pages=True,
        query={"cursor": text(description="From the link to older issues.")},
    ),
    "show_issue": Operation("Get the web version of a public campaign.", {**_PAGE, 304: {}}, errors=(404,), pages=True),
    "get_archive_feed": Operation(
        "Get the latest public campaigns as an Atom feed.", {200: {ATOM: text()}, 304: {}}, pages=True
    ),
    "get_sitemap": Operation("Get what search engines may find.", {200: {XML: text()}, 304: {}}, pages=True),
    "get_robots": Operation("Get what robots may visit.", {200: {PLAIN: text()}, 304: {}}, pages=True),
    "open_console": Operation(
        "Get the administrators' web application.",
        {200: {HTML: text()}, 304: {}},
    ),
    "get_console_file": Operation(
        "Get a file of the administrators' web application.",
        {200: {kind: text() for kind in (HTML, "text/css", "text/javascript", "image/svg+xml")}, 304: {}},
        errors=(404,),
    ),
    "describe_api": Operation(
        "Get this description.",
        {200: {JSON: {"type": "object"}}, 304: {}},
    ),
    "list_subscribers": Operation(
        "List subscribers by status, newest first, or search for them.",
        _json(200, "SubscriberPage"),
        query={
            "status": word(Status),
            "search": text(
                254,
                description=(
                    "Part of an address or a name, two characters or more, ignoring case; cannot be combined with "
                    "status. Addresses that begin with it come first. For the rest, a page looks at 5,000 people, "
                    "newest first: it may be short, or empty, and have a cursor to search on."
                ),
            ),
            **_page_of(100, 500),
        },
    ),
    "add_subscriber": Operation(
        "Add a person whose consent you vouch for.",
        _json(201, "SubscriberRecord"),
        errors=(409,),
        body={JSON: ref("NewSubscriber")},
    ),
    **_ONE_SUBSCRIBER,
    **{f"{name}_by_id": operation for name, operation in _ONE_SUBSCRIBER.items()},
    "list_imports": Operation("List recent imports.", _json(200, "ImportList")),
    "import_subscribers": Operation(
        "Import a CSV file with a header row `email,name,...`: in the request or, without a body, through an "
        "upload link.",
        {**_json(201, "Upload"), **_json(202, "Import")},
        query=IMPORT_OPTIONS | {"columns": text(description='JSON, URL-encoded: {"Mail": "email"}.')},
        body={CSV: text(), JSON: ref("ImportOptions")},
    ),
    "get_import": Operation("Get the progress of an import.", _json(200, "Import"), errors=(404,)),
    "export_subscribers": Operation(
        "Start an export of the people with a status, or of everyone; with a filter, only of those it chooses.",
        _json(202, "Export"),
        errors=(404,),
        body={JSON: ref("ExportRequest")},
    ),
    "get_export": Operation("Get the progress of an export.", _json(200, "Export"), errors=(404,)),
    "list_campaigns": Operation(
        "List campaigns, newest first. A page may be short, or empty, and still have a cursor.",
        _json(200, "CampaignPage"),
        query={
            "status": word(campaign.Status),
            "search": text(200, description="Text in the subject, ignoring case."),
            "archived": word(("true", "false"), description="List the archived campaigns instead of the others."),
            **_page_of(20, 50),
        },
    ),
    "create_campaign": Operation(
        "Create a campaign. Its audience is frozen when it starts.",
        _json(201, "WrittenCampaign"),
        errors=(404, 409, 412),
        headers={
            "Idempotency-Key": "Repeating a request with the same key returns the same campaign.",
            "If-Match": "With a draft: the ETag of the version that you read. A newer one is not sent.",
        },
        body={JSON: ref("CampaignRequest")},
    ),
    "get_campaign": Operation(
        "Get a campaign, its counts, its pace, and its results.",
        {200: {JSON: ref("RunningCampaign"), CSV: text()}},
        errors=(404,),
        query=_csv("results", "links", "hours", "days"),
    ),
    "preflight_campaign": Operation(
        "Check a newsletter before it is sent. Nothing is stored or sent.",
        _json(200, "Preflight"),
        errors=(404, 412),
        headers={"If-Match": "With a draft: the ETag of the version that you read."},
        body={JSON: ref("CampaignRequest")},
    ),
    "edit_campaign": Operation(
        "Replace the letter, the audience or the start of a campaign that has not begun, archive a finished one, or "
        "make one public.",
        _json(200, "WrittenCampaign"),
        errors=(404, 409),
        body={JSON: ref("CampaignChanges")},
    ),
    "duplicate_campaign": Operation(
        "Create a draft from a campaign's letter and audience.", _json(201, "Draft"), errors=(404, 409)
    ),
    "list_recipients": Operation(
        "List a campaign's recipients and what happened to each. A page may be short, or empty, and still have a "
        "cursor.",
        _json(200, "RecipientPage"),
        errors=(404,),
        query={"group": word(RECIPIENT_GROUPS), **_page_of(100, 1000)},
    ),
    "pause_campaign": Operation("Pause a campaign until it is resumed.", _json(200, "Campaign"), errors=(404, 409)),
    "resume_campaign": Operation("Resume a paused campaign.", _json(200, "Campaign"), errors=(404, 409)),
    "cancel_campaign": Operation("Cancel a campaign permanently.", _json(200, "Campaign"), errors=(404, 409)),
    "list_templates": Operation(
        "List templates by name; the starter templates lead the first page.",
        _json(200, "TemplatePage"),
        query=_page_of(50, 100),
    ),
    "get_template": Operation("Get a template's source.", _json(200, "Template"), errors=(404,)),
    "save_template": Operation(
        "Save a template, replacing the version that was read.",
        {**_json(200, "SavedTemplate"), **_json(201, "SavedTemplate")},
        errors=(409,),
        headers={
            "If-Match": "The version that you read, in quotes.",
            "If-None-Match": "* to save only if the template does not exist.",
        },
        body={JSON: ref("TemplateSource")},
    ),
    "delete_template": Operation("Delete a template.", {204: {}}, errors=(404, 409)),
    "list_drafts": Operation(
        "List drafts, newest first. A page may be short if they are long.",
        _json(200, "DraftPage"),
        query=_page_of(20, 50),
    ),
    "create_draft": Operation(
        "Save a letter that is being written. It may be unfinished.",
        _json(201, "SavedDraft"),
        body={JSON: ref("DraftSource")},
    ),
    "get_draft": Operation("Get a draft.", _json(200, "Draft"), errors=(404,)),
    "save_draft": Operation(
        "Replace the fields of a draft that the body names. Fields that are left out stay unchanged.",
        _json(200, "SavedDraft"),
        errors=(404, 412),
        headers={"If-Match": "The ETag of the version that you read. If it is stale, nothing is changed."},
        body={JSON: ref("DraftSource")},
    ),
    "delete_draft": Operation(
        "Delete a draft permanently.",
        {204: {}},
        errors=(404, 412),
        headers={"If-Match": "The ETag of the version that you read. If it is stale, nothing is changed."},
    ),
    "preview_draft": Operation(
        "Preview a letter that is still being written.",
        _json(200, "DraftPreview"),
        errors=(404,),
        body={JSON: ref("DraftRequest")},
    ),
    "test_draft": Operation(
        "Send a letter that is still being written to a few addresses.",
        _json(200, "DraftSentTo"),
        errors=(404,),
        body={JSON: ref("DraftTest")},
    ),
    "count_audience": Operation(
        "Count the active people in an audience.",
        _json(200, "AudienceSize"),
        errors=(404,),
        body={JSON: ref("AudienceRequest")},
    ),
    "create_picture": Operation(
        "Announce a picture for letters (with the key `pictures`), to get the form that uploads it, and its address.",
        _json(201, "PictureUpload"),
        body={JSON: ref("PictureRequest")},
    ),
    "get_picture": Operation("Get whether a picture is ready for readers.", _json(200, "Picture"), errors=(404,)),
    "delete_picture": Operation(
        "Delete a picture that no draft, template or campaign shows. Caches may keep it for a while.",
        {204: {}},
        errors=(404, 409),
    ),
    "list_segments": Operation("List saved filters, oldest first.", _json(200, "SegmentPage"), query=_page_of(50, 100)),
    "create_segment": Operation(
        "Save a filter under a name.", _json(201, "Segment"), body={JSON: ref("SegmentRequest")}
    ),
    "describe_people": Operation(
        "Get the attributes, topics, sources and languages of active people, with the values that occur.",
        _json(200, "KnownFields"),
    ),
    "get_segment": Operation("Get a saved filter.", _json(200, "Segment"), errors=(404,)),
    "replace_segment": Operation(
        "Replace the name and the tree of a saved filter. Existing campaigns keep their copy.",
        _json(200, "Segment"),
        errors=(404,),
        body={JSON: ref("SegmentReplacement")},
    ),
    "delete_segment": Operation("Delete a saved filter. Existing campaigns keep their copy.", {204: {}}, errors=(404,)),
    "count_segment": Operation(
        "Count the active people that a filter chooses, and show a few of them.",
        _json(200, "SegmentCount"),
        errors=(404,),
        body={JSON: ref("SegmentCountRequest")},
    ),
    "list_sequences": Operation(
        "List sequences, oldest first, without their steps.", _json(200, "SequencePage"), query=_page_of(50, 100)
    ),
    "create_sequence": Operation(
        "Save a new sequence, which does nothing until it is activated.",
        _json(201, "WrittenSequence"),
        errors=(409,),
        body={JSON: ref("SequenceRequest")},
    ),
    "get_sequence": Operation("Get a sequence, with the figures of each step.", _json(200, "Sequence"), errors=(404,)),
    "replace_sequence": Operation(
        "Replace a sequence. People inside keep the steps they began with; the exit holds for everybody at once.",
        _json(200, "WrittenSequence"),
        errors=(404, 409),
        body={JSON: ref("SequenceReplacement")},
    ),
    "delete_sequence": Operation(
        "Delete a sequence that is not active, with everybody's place in it and its figures.",
        {204: {}},
        errors=(404, 409),
    ),
    "activate_sequence": Operation(
        "Let people in from now on, and send what is due.", _json(200, "Sequence"), errors=(404, 409, 422)
    ),
    "pause_sequence": Operation(
        "Send nothing more until it is activated again. Everybody keeps their place, and people go on entering.",
        _json(200, "Sequence"),
        errors=(404, 409),
    ),
    "list_sequence_people": Operation(
        "List the people inside, by when their next email is due, or those who have finished or left, by when.",
        _json(200, "SequencePeople"),
        errors=(404,),
        query={"group": word(Group), **_page_of(50, 100)},
    ),
    "list_feeds": Operation("List the feeds whose new entries are emailed, oldest first.", _json(200, "FeedPage")),
    "create_feed": Operation(
        "Email a feed's new entries from now on. Those that it has now count as seen.",
        _json(201, "FeedRecord"),
        errors=(404, 409),
        body={JSON: ref("FeedRequest")},
    ),
    "preview_feed": Operation(
        "Read a feed, and get the letter that its entries would make. Nothing is stored.",
        _json(200, "FeedPreview"),
        errors=(404,),
        body={JSON: ref("FeedRequest")},
    ),
    "get_feed": Operation("Get a feed, and what became of its entries.", _json(200, "FeedRecord"), errors=(404,)),
    "replace_feed": Operation(
        "Change a feed. At another address, the entries that it has now count as seen.",
        _json(200, "FeedRecord"),
        errors=(404, 409),
        body={JSON: ref("FeedReplacement")},
    ),
    "pause_feed": Operation(
        "Look at a feed no longer until it is resumed. What comes meanwhile is new then.",
        _json(200, "FeedRecord"),
        errors=(404, 409),
    ),
    "resume_feed": Operation("Look at a paused feed again.", _json(200, "FeedRecord"), errors=(404, 409)),
    "delete_feed": Operation(
        "Look at a feed no longer. Drafts and campaigns made of it stay.", {204: {}}, errors=(404,)
    ),
    "get_analytics": Operation(
        "Get the list's growth between two days, and the results of the campaigns of those days.",
        {200: {JSON: ref("Analytics"), CSV: text()}},
        query={
            "from": text(format="date", description="The first day; by default, 30 days before the last."),
            "to": text(format="date", description="The last day, in UTC; by default, today."),
            **_csv("days", "campaigns"),
        },
    ),
    "get_deliverability": Operation(
        "Check the sender's DNS records, and what Amazon SES says about the account and the last campaigns.",
        _json(200, "Deliverability"),
        query={"language": word(languages(), description="Of the messages; by default the list's.")},
    ),
    "get_settings": Operation(
        ("Get the configuration, and the state of the sender and the account."), _json(200, "Settings")
    ),
    "change_settings": Operation(
        "Resume confirmations that are held because too many bounced.",
        _json(200, "Settings"),
        body={JSON: ref("SettingsChanges")},
    ),
    "list_audit": Operation(
        "List which token changed what in the last 400 days, newest first.",
        _json(200, "AuditPage"),
        query={
            "on": text(MAX_ON, description="The id of a campaign, job or person, or the name of a template."),
            **_page_of(50, 500),
        },
    ),
}
