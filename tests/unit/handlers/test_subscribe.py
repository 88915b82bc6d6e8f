"""Joining: the public door, the form, the queue's worker and the operator's door."""

import json

import pytest
from urllib3 import encode_multipart_formdata

from email_list import pages
from email_list.aws.clients import client
from email_list.people import captcha
from email_list.people.signup import Wish

from .conftest import PUBLIC_URL, Stack

LURES = ("https://win.example", "call ann@example.com", "You won! www.win.example/x", "WIN.EXAMPLE", "win\uff0eexample")
NEW = {"email": "Ann@Example.com", "name": "Ann"}


@pytest.fixture
def at_once(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The same stack with double opt-in switched off."""
    monkeypatch.setenv("DOUBLE_OPT_IN", "false")
    return stack


def test_every_state_of_an_address_gets_the_same_bytes(stack: Stack) -> None:
    for status in ("active", "pending", "unsubscribed", "bounced", "complained"):
        stack.put(f"{status}@example.com", status)
    answers = [
        stack.http("subscribe", "POST", "/subscribe", json_body={"email": f"{status}@example.com"})
        for status in ("new", "active", "pending", "unsubscribed", "bounced", "complained")
    ]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body for answer in answers}) == 1


def test_a_sign_up_touches_no_subscriber_before_its_answer(stack: Stack) -> None:
    stack.http("subscribe", "POST", "/subscribe", json_body=NEW)
    assert stack.person("ann@example.com") is None
    (message,) = stack.messages("SIGNUPS_QUEUE")
    wish = json.loads(message["body"])
    assert (wish["email"], wish["name"], wish["evidence"]["ip"]) == ("ann@example.com", "Ann", "203.0.113.7")


def test_a_form_stores_the_wording_it_showed(stack: Stack) -> None:
    form = {"email": "ann@example.com", pages.HONEYPOT_FIELD: "", "topic.Events": "on", "language": "de"}
    answer = stack.http("subscribe", "POST", "/subscribe", form=form)
    assert answer.status == 202
    wish = json.loads(stack.messages("SIGNUPS_QUEUE")[0]["body"])
    assert wish["topics"] == ["Events"]
    assert wish["evidence"]["source"] == "form"
    german = pages.Theme(list_name="Garden Letters", language="de")
    assert wish["evidence"]["wording"] == pages.consent_wording(german)


def test_a_script_may_send_the_form_as_form_data(stack: Stack) -> None:
    fields = {
        "email": "ann@example.com",
        "name": "J\u00f6rg",
        pages.HONEYPOT_FIELD: "",
        "topic.Events": "on",
        "utm": "x",
    }
    body, kind = encode_multipart_formdata(fields)
    answer = stack.http("subscribe", "POST", "/subscribe", body=body.decode(), headers={"content-type": kind})
    assert answer.status == 202
    wish = json.loads(stack.messages("SIGNUPS_QUEUE")[0]["body"])
    assert (wish["email"], wish["name"], wish["topics"]) == ("ann@example.com", "J\u00f6rg", ["Events"])
    assert "utm" not in json.dumps(wish)


def test_a_form_of_another_encoding_is_told_so_and_stores_nothing(stack: Stack) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = stack.http("subscribe", "POST", "/subscribe", body="email=ann%40example.com&name=J%F6rg", headers=headers)
    assert answer.status == 400
    assert stack.messages("SIGNUPS_QUEUE") == []


@pytest.mark.parametrize(
    ("asked", "topics"), [({}, ["News", "Events"]), ({"topics": []}, []), ({"topics": ["News"]}, ["News"])]
)
def test_no_topics_are_not_all_topics(stack: Stack, asked: dict, topics: list[str]) -> None:
    assert stack.http("subscribe", "POST", "/subscribe", json_body={**NEW, **asked}).status == 202
    assert json.loads(stack.messages("SIGNUPS_QUEUE")[0]["body"])["topics"] == topics


@pytest.mark.parametrize(("asked", "field"), [({"topic": ["News"]}, "topic"), ({"topics": None}, "topics")])
def test_a_misspelt_or_half_said_field_of_json_is_refused_by_its_name(stack: Stack, asked: dict, field: str) -> None:
    answer = stack.http("subscribe", "POST", "/subscribe", json_body={**NEW, **asked})
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": field})
    assert stack.messages("SIGNUPS_QUEUE") == []


def test_a_program_that_fills_the_honeypot_is_answered_and_ignored(stack: Stack) -> None:
    form = {"email": "ann@example.com", pages.HONEYPOT_FIELD: "http://spam.example"}
    assert stack.http("subscribe", "POST", "/subscribe", form=form).status == 202
    assert stack.messages("SIGNUPS_QUEUE") == []


def test_one_network_may_sign_up_only_so_often_an_hour(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNUPS_PER_IP_AND_HOUR", "2")
    statuses = [
        stack.http("subscribe", "POST", "/subscribe", json_body=NEW, ip=f"2001:db8::{host}").status for host in "123"
    ]
    assert statuses == [202, 202, 429]
    assert stack.http("subscribe", "POST", "/subscribe", json_body=NEW, ip="2001:db8:0:1::1").status == 202


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "not an address"}, 400, "invalid_address"),
        ({"name": "Ann"}, 400, "invalid_address"),
        ({"email": "a@b.example", "name": "x" * 101}, 422, "invalid"),
        ({"email": "a@b.example", "topics": ["Gossip"]}, 422, "invalid"),
        ({"email": "a@b.example", "attributes": {"Bad Key": 1}}, 422, "invalid"),
        ({"email": ["a@b.example"]}, 400, "invalid_address"),
        ({"email": "a@b.example", "source": 7}, 422, "invalid"),
        ({"email": "a@b.example", "source": "Shop window"}, 422, "invalid"),
        ({"email": "a@b.example", "source": "win.example"}, 422, "invalid"),
        ({"email": "a@b.example", "source": "x" * 51}, 422, "invalid"),
        ({"email": "a@b.example", "source": "import:1"}, 422, "invalid"),
        *(
            ({"email": "a@b.example", "source": word}, 422, "invalid")
            for word in ("administrator", "Operator", "other")
        ),
        *(({"email": "a@b.example", "name": name}, 422, "address_in_name") for name in LURES),
    ],
)
def test_a_bad_sign_up_is_told_what_is_wrong(stack: Stack, body: dict, status: int, code: str) -> None:
    answer = stack.http("subscribe", "POST", "/subscribe", json_body=body)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert stack.messages("SIGNUPS_QUEUE") == []


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "[" * 100_000])
def test_a_body_that_is_no_json_object_is_malformed(stack: Stack, body: str) -> None:
    answer = stack.http("subscribe", "POST", "/subscribe", body=body, headers={"content-type": "application/json"})
    assert (answer.status, answer.json["error"]["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "kind", [None, "", "text/plain", "text/plain; application/json", "application/json-seq", "text/html"]
)
def test_no_web_page_signs_its_visitors_up_with_json_that_browsers_just_send(stack: Stack, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = stack.http("subscribe", "POST", "/subscribe", body=json.dumps(NEW), headers=headers)
    assert (answer.status, answer.json["error"]["code"]) == (415, "unsupported_media_type")
    assert stack.messages("SIGNUPS_QUEUE") == []


def test_the_form_comes_back_with_what_was_typed_and_what_is_wrong(stack: Stack) -> None:
    answer = stack.http("subscribe", "POST", "/subscribe", form={"email": "ann@", "name": "<b>Ann</b>"})
    assert answer.status == 400
    assert "&lt;b&gt;Ann&lt;/b&gt;" in answer.body
    assert "<b>Ann" not in answer.body
    assert 'aria-invalid="true"' in answer.body


@pytest.mark.parametrize("name", LURES)
def test_the_form_says_kindly_that_a_name_is_no_address(stack: Stack, name: str) -> None:
    answer = stack.http("subscribe", "POST", "/subscribe", form={"email": "ann@example.com", "name": name})
    assert answer.status == 400
    assert "A name cannot contain an email or web address" in answer.body
    assert stack.messages("SIGNUPS_QUEUE") == []


@pytest.mark.parametrize(
    "name", ["J. R. R. Tolkien", "J.R. Ewing", "Ann O\u2019Hara-Smith, Ph.D.", "\u738b\u5c0f\u660e", "Dr. No"]
)
def test_names_are_names(stack: Stack, name: str) -> None:
    body = {"email": "ann@example.com", "name": name}
    assert stack.http("subscribe", "POST", "/subscribe", json_body=body).status == 202


@pytest.mark.parametrize("source", ["administrator", "win.example", "import:1", ["a", "b"]])
def test_a_form_with_a_source_that_is_none_counts_as_any_other_form(stack: Stack, source: object) -> None:
    form = {"email": "ann@example.com", "source": source}
    assert stack.http("subscribe", "POST", "/subscribe", form=form).status == 202
    (message,) = stack.messages("SIGNUPS_QUEUE")
    assert Wish.from_json(message["body"]).evidence.source == "form"


def test_operators_and_administrators_say_what_they_like(stack: Stack) -> None:
    asked = {"email": "ann@example.com", "name": "Ann of ann.example", "source": "Summer fair"}
    assert stack.invoke("subscribe", asked).status == 200
    assert stack.person("ann@example.com")["source"] == "Summer fair"
    asked["email"] = "bob@example.com"
    assert stack.http("subscribers", "POST", "/subscribers", json_body=asked).status == 201
    assert stack.person("bob@example.com")["name"] == "Ann of ann.example"


def test_the_form_is_served(stack: Stack) -> None:
    answer = stack.http("subscribe", "GET", "/subscribe")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "Garden Letters" in answer.body


def test_without_double_opt_in_a_person_joins_at_once_and_only_once(at_once: Stack) -> None:
    first = at_once.http("subscribe", "POST", "/subscribe", json_body=NEW)
    second = at_once.http("subscribe", "POST", "/subscribe", json_body={"email": "ANN@example.com"})
    assert (first.status, first.json["email"]) == (200, "ann@example.com")
    assert (second.status, second.json["error"]["code"]) == (409, "already_subscribed")
    person = at_once.person("ann@example.com")
    assert (person["status"], person["name"]) == ("active", "Ann")
    assert person["subscribed_date"].endswith("Z")
    assert person["consent"]["subscribed"]["ip"] == "203.0.113.7"


def test_who_signs_up_twice_by_the_form_is_told_that_they_are_on_the_list(at_once: Stack) -> None:
    form = {"email": "ann@example.com", "homepage": ""}
    assert at_once.http("subscribe", "POST", "/subscribe", form=form).status == 200
    again = at_once.http("subscribe", "POST", "/subscribe", form=form)
    assert again.status == 409
    assert "You are already subscribed" in again.body


@pytest.mark.parametrize("status", ["bounced", "complained"])
def test_a_suppressed_address_cannot_join(at_once: Stack, status: str) -> None:
    at_once.put("ann@example.com", status)
    assert at_once.http("subscribe", "POST", "/subscribe", json_body=NEW).status == 409
    assert at_once.person("ann@example.com")["status"] == status


def test_an_operator_adds_a_person_at_once_whatever_the_opt_in(stack: Stack) -> None:
    first = stack.invoke("subscribe", {"email": "test@example.com", "name": "Test User"})
    again = stack.invoke("subscribe", {"email": "test@example.com"})
    assert first.status == 200
    assert first.json == {"message": "You are subscribed.", "email": "test@example.com"}
    assert again.status == 409
    assert stack.person("test@example.com")["source"] == "operator"


def test_a_failing_queue_is_a_500_without_internals(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNUPS_QUEUE", "https://sqs.eu-central-1.amazonaws.com/123456789012/nowhere")
    answer = stack.http("subscribe", "POST", "/subscribe", json_body=NEW)
    assert answer.status == 500
    assert answer.json["error"]["details"] == {"request_id": "request-1"}
    assert "sqs" not in answer.body.lower()


def test_a_configured_captcha_must_be_passed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fields: object, ip: str) -> None:
        raise captcha.InvalidError("no", code="captcha_failed")

    client("ssm").put_parameter(Name="/list/captcha", Value="secret", Type="SecureString")
    monkeypatch.setenv("CAPTCHA_SECRET_PARAMETER", "/list/captcha")
    monkeypatch.setattr(captcha, "turnstile", lambda secret: refuse)
    answer = stack.http("subscribe", "POST", "/subscribe", json_body=NEW)
    assert (answer.status, answer.json["error"]["code"]) == (422, "captcha_failed")
    assert stack.messages("SIGNUPS_QUEUE") == []


def test_the_form_can_be_pasted_into_another_site(stack: Stack) -> None:
    answer = stack.http("subscribe", "GET", "/subscribe/embed?language=de")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert f'<form method="post" action="{PUBLIC_URL}/subscribe" accept-charset="utf-8" lang="de">' in answer.body
