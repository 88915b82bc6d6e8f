"""Templates through the API: DynamoDB keeps what was written, SES (its stand-in) renders it."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from email_list.aws.template_store import SesTemplates, TemplateTable
from email_list.errors import InvalidError, TooManyRequestsError
from email_list.mail import letters, templates, writing
from email_list.mail.letters import Content
from email_list.people.subscribers import Status, Subscriber
from handlers.shared import wiring
from tests.unit.handlers.conftest import Answer, Stack

DOCUMENT = {
    "subject": "{{headline}} for {{name}}",
    "html": "<h1>{{headline}}</h1>\n<p>Hello {{name}}, <a href='{{link}}'>read</a></p>{{{text}}}",
}
VALUES = {
    "headline": "Ünïcode <b> {{x}}",
    "link": "https://example.org/?a=1&b=2",
    "text": "*a*\n\n{{b}} " + "long " * 300,
}


def call(stack: Stack, method: str, path: str = "/templates", body: Any = None, **headers: str) -> Answer:
    parameters = {"name": path.split("/")[2].split("?")[0]} if path.count("/") > 1 else None
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return stack.http("templates", method, path, json_body=body, headers=sent, path_parameters=parameters)


def test_a_template_is_written_read_listed_and_deleted(stack: Stack, ses: Any) -> None:
    saved = call(stack, "PUT", "/templates/ours", DOCUMENT)
    assert (saved.status, saved.headers["etag"], saved.json["warnings"]) == (201, '"1"', [])
    read = call(stack, "GET", "/templates/ours")
    assert read.status == 200
    assert read.json.items() >= DOCUMENT.items()
    listing = call(stack, "GET").json
    assert [each["name"] for each in listing["templates"]] == ["announcement", "digest", "letter", "ours"]
    assert listing["cursor"] is None
    assert "html" not in listing["templates"][-1]
    assert ses.get_email_template(TemplateName="list-test_template-ours")
    assert call(stack, "DELETE", "/templates/ours").status == 204
    assert call(stack, "GET", "/templates/ours").status == 404
    assert call(stack, "DELETE", "/templates/ours").status == 404
    assert ses.list_email_templates()["TemplatesMetadata"] == []


def test_a_preview_is_the_mail_that_is_delivered(stack: Stack, ses: Any) -> None:
    call(stack, "PUT", "/templates/ours", DOCUMENT)
    unsubscribe, preferences = (f"{templates.PLACEHOLDER_LINK}{page}" for page in ("unsubscribe", "preferences"))
    preview = call(stack, "POST", "/templates/ours/preview", {"values": {**VALUES, "name": "Ann"}}).json

    finder = templates.finder(TemplateTable(boto3.resource("dynamodb").Table("records")))
    content = writing.compose({"template": "ours", "values": VALUES}, wiring.settings(), finder).content
    person = Subscriber("success@simulator.amazonses.com", Status.ACTIVE, "2026-01-01", name="Ann")
    ses.create_email_template(
        TemplateName="campaign",
        TemplateContent={"Subject": content.subject, "Html": content.html, "Text": content.text},
    )
    ses.create_email_identity(EmailIdentity="list.example")
    ses.create_configuration_set(ConfigurationSetName="list-set")
    data = letters.template_data(content, person, unsubscribe, preferences)
    rendered = ses.test_render_email_template(TemplateName="campaign", TemplateData=json.dumps(data))
    delivered = _read(rendered["RenderedTemplate"])
    assert {part: preview[part].splitlines() for part in delivered} == delivered
    assert preview["subject"] == "Ünïcode <b> {{x}} for Ann"
    assert "Ünïcode &lt;b&gt; {{x}}" in preview["html"]


def _read(message: str) -> dict[str, list[str]]:
    rendered = SesTemplates(_Echo(message), "x").render("x", {})
    return {part: getattr(rendered, part).splitlines() for part in ("subject", "html", "text")}


class _Echo:
    """A client that renders what it is given, so that the adapter reads it."""

    exceptions = boto3.client("sesv2", region_name="eu-central-1").exceptions

    def __init__(self, message: str) -> None:
        self._message = message

    def test_render_email_template(self, **_: Any) -> dict[str, str]:
        return {"RenderedTemplate": self._message}


def test_a_preview_can_be_of_one_part_and_names_what_is_missing(stack: Stack, ses: Any) -> None:
    call(stack, "PUT", "/templates/ours", DOCUMENT)
    answer = call(stack, "POST", "/templates/ours/preview", {"values": {"nmae": "x"}, "part": "subject"}).json
    assert answer == {
        "subject": "[headline] for Ada",
        "used": ["headline", "name", "link", "text"],
        "unknown": ["nmae"],
        "missing": ["headline", "link", "text"],
    }
    assert call(stack, "POST", "/templates/ours/preview", {"part": "body"}).status == 422
    assert call(stack, "POST", "/templates/nothing/preview", {}).status == 404


def test_a_shipped_template_is_previewed_with_its_sample(stack: Stack, ses: Any) -> None:
    answer = call(stack, "POST", "/templates/digest/preview", {})
    assert answer.status == 200
    assert answer.json["missing"] == []
    assert "A record harvest" in answer.json["html"]
    assert call(stack, "PUT", "/templates/digest", DOCUMENT).status == 409


@pytest.mark.parametrize("how", ["header", "body"])
def test_the_slower_of_two_editors_gets_a_conflict(stack: Stack, ses: Any, how: str) -> None:
    call(stack, "PUT", "/templates/ours", DOCUMENT)
    version = {"if_match": '"1"'} if how == "header" else {}
    body = DOCUMENT if how == "header" else {**DOCUMENT, "version": 1}
    assert call(stack, "PUT", "/templates/ours", {**body, "description": "first"}, **version).status == 200
    slower = call(stack, "PUT", "/templates/ours", {**body, "description": "second"}, **version)
    assert (slower.status, slower.json["error"]["code"]) == (409, "version_conflict")
    assert call(stack, "GET", "/templates/ours").json["description"] == "first"
    assert call(stack, "PUT", "/templates/ours", DOCUMENT, if_none_match="*").status == 409
    assert call(stack, "PUT", "/templates/ours", DOCUMENT, if_match="*").json["version"] == 3


def test_two_writers_at_the_same_version_cannot_both_win(stack: Stack, ses: Any) -> None:
    call(stack, "PUT", "/templates/ours", DOCUMENT)
    store = TemplateTable(boto3.resource("dynamodb").Table("records"))
    template = store.get("ours")
    assert template
    assert store.put(template, replaces=1)
    assert not store.put(template, replaces=0)
    assert not store.put(template, replaces=2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**DOCUMENT, "html": "{{#if x}}"}, "invalid_template"),
        ({**DOCUMENT, "version": "x"}, "invalid"),
        ({**DOCUMENT, "version": True}, "invalid"),
        ({"subject": "x"}, "invalid"),
    ],
)
def test_a_template_that_cannot_be_is_refused(stack: Stack, ses: Any, body: Any, code: str) -> None:
    answer = call(stack, "PUT", "/templates/ours", body)
    assert (answer.status, answer.json["error"]["code"]) == (422, code)
    assert call(stack, "GET", "/templates/ours").status == 404


def test_a_listing_is_paged_and_bounded(stack: Stack, ses: Any) -> None:
    for name in ("c", "a", "b"):
        call(stack, "PUT", f"/templates/{name}", DOCUMENT)
    first = call(stack, "GET", "/templates?limit=2").json
    assert [each["name"] for each in first["templates"]][-2:] == ["a", "b"]
    second = call(stack, "GET", f"/templates?limit=2&cursor={first['cursor']}").json
    assert [each["name"] for each in second["templates"]] == ["c"]
    assert call(stack, "GET", "/templates?limit=101").status == 422
    assert call(stack, "GET", "/templates?cursor=x").status == 400


def test_a_template_that_dynamodb_cannot_hold_is_too_large(stack: Stack, ses: Any) -> None:
    body = {**DOCUMENT, "html": "<p>ä</p>" * 24_000}
    assert call(stack, "PUT", "/templates/ours", body).status == 413


def test_only_a_copy_that_differs_is_written(ses: Any) -> None:
    copies = SesTemplates(ses, "p")
    copies.keep("x", Content("a", "b", "c"))
    copies.keep("x", Content("a", "b", "d"))
    held = {"TemplateName": "p_template-x", "TemplateContent": {"Subject": "a", "Html": "b", "Text": "d"}}
    strict = boto3.client("sesv2", region_name="eu-central-1")
    with Stubber(strict) as stub:
        stub.add_response("get_email_template", held)
        SesTemplates(strict, "p").keep("x", Content("a", "b", "d"))
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "error"), [("BadRequestException", InvalidError), ("TooManyRequestsException", TooManyRequestsError)]
)
def test_what_ses_refuses_is_said_to_the_author(stack: Stack, code: str, error: type[Exception]) -> None:
    strict = boto3.client("sesv2", region_name="eu-central-1")
    with Stubber(strict) as stub:
        stub.add_client_error("get_email_template", "NotFoundException")
        stub.add_client_error("create_email_template", code, "because")
        with pytest.raises(error):
            SesTemplates(strict, "p").keep("x", Content("a", "b", "c"))
        stub.add_client_error("test_render_email_template", code, "because")
        with pytest.raises(error):
            SesTemplates(strict, "p").render("x", {})
