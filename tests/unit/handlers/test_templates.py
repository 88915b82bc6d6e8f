"""Templates through the API."""

from typing import Any

import boto3
import pytest

from email_list.aws.template_store import TemplateTable
from tests.unit.handlers.conftest import Answer, Stack

DOCUMENT = {
    "subject": "{{headline}} for {{name}}",
    "html": "<h1>{{headline}}</h1>\n<p>Hello {{name}}, <a href='{{link}}'>read</a></p>{{{text}}}",
}


def call(stack: Stack, method: str, path: str = "/templates", body: Any = None, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return stack.http("templates", method, path, json_body=body, headers=sent)


def test_a_template_is_written_read_listed_and_deleted(stack: Stack) -> None:
    saved = call(stack, "PUT", "/templates/ours", DOCUMENT)
    assert (saved.status, saved.headers["etag"], saved.json["warnings"]) == (201, '"1"', [])
    read = call(stack, "GET", "/templates/ours")
    assert read.status == 200
    assert read.json.items() >= DOCUMENT.items()
    listing = call(stack, "GET").json
    assert [each["name"] for each in listing["templates"]] == ["announcement", "digest", "letter", "ours"]
    assert listing["cursor"] is None
    assert "html" not in listing["templates"][-1]
    assert call(stack, "DELETE", "/templates/ours").status == 204
    assert call(stack, "GET", "/templates/ours").status == 404
    assert call(stack, "DELETE", "/templates/ours").status == 404


@pytest.mark.parametrize("how", ["header", "body"])
def test_the_slower_of_two_editors_gets_a_conflict(stack: Stack, how: str) -> None:
    call(stack, "PUT", "/templates/ours", DOCUMENT)
    version = {"if_match": '"1"'} if how == "header" else {}
    body = DOCUMENT if how == "header" else {**DOCUMENT, "version": 1}
    assert call(stack, "PUT", "/templates/ours", {**body, "description": "first"}, **version).status == 200
    slower = call(stack, "PUT", "/templates/ours", {**body, "description": "second"}, **version)
    assert (slower.status, slower.json["error"]["code"]) == (409, "version_conflict")
    assert call(stack, "GET", "/templates/ours").json["description"] == "first"
    assert call(stack, "PUT", "/templates/ours", DOCUMENT, if_none_match="*").status == 409
    assert call(stack, "PUT", "/templates/ours", DOCUMENT, if_match="*").json["version"] == 3


def test_two_writers_at_the_same_version_cannot_both_win(stack: Stack) -> None:
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
def test_a_template_that_cannot_be_is_refused(stack: Stack, body: Any, code: str) -> None:
    answer = call(stack, "PUT", "/templates/ours", body)
    assert (answer.status, answer.json["error"]["code"]) == (422, code)
    assert call(stack, "GET", "/templates/ours").status == 404


def test_a_listing_is_paged_and_bounded(stack: Stack) -> None:
    for name in ("c", "a", "b"):
        call(stack, "PUT", f"/templates/{name}", DOCUMENT)
    first = call(stack, "GET", "/templates?limit=2").json
    assert [each["name"] for each in first["templates"]][-2:] == ["a", "b"]
    second = call(stack, "GET", f"/templates?limit=2&cursor={first['cursor']}").json
    assert [each["name"] for each in second["templates"]] == ["c"]
    assert call(stack, "GET", "/templates?limit=101").status == 422
    assert call(stack, "GET", "/templates?cursor=x").status == 400


def test_a_template_that_dynamodb_cannot_hold_is_too_large(stack: Stack) -> None:
    body = {**DOCUMENT, "html": "<p>ä</p>" * 24_000}
    assert call(stack, "PUT", "/templates/ours", body).status == 413


def test_a_template_may_be_called_like_a_part_of_the_api(stack: Stack) -> None:
    for name in ("preview", "test", "templates"):
        assert call(stack, "PUT", f"/templates/{name}", DOCUMENT).status == 201
        assert call(stack, "GET", f"/templates/{name}").json["name"] == name


def test_a_starter_stays_as_it_is(stack: Stack) -> None:
    assert call(stack, "PUT", "/templates/digest", DOCUMENT).status == 409


def test_a_template_tells_what_a_campaign_with_it_has_to_say(stack: Stack) -> None:
    document = {
        "subject": "{{headline}} for {{name}}",
        "html": "{{#if picture}}<img src='{{picture}}' alt='{{alt}}'>{{/if}}{{{body}}}{{> footer}}"
        "{{#each items}}<p>{{title}}</p>{{/each}}{{attributes.city}}",
        "defaults": {"alt": ""},
    }
    call(stack, "PUT", "/templates/ours", document)
    read = call(stack, "GET", "/templates/ours").json
    assert [(each["name"], each["required"], each["format"]) for each in read["variables"]] == [
        ("headline", True, "text"),
        ("picture", False, "address"),
        ("alt", False, "text"),
        ("body", True, "markdown"),
        ("items.*.title", True, "text"),
    ]
    assert call(stack, "PUT", "/templates/ours", read).json["variables"] == read["variables"]
