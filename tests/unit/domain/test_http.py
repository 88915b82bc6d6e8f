"""Reading events, and what an answer never says."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_list.errors import MalformedError, TooLargeError
from email_list.http import MAX_BODY, Request, json_response, read_form, read_json


def http_event(**changes: Any) -> dict[str, Any]:
    return {"requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}}, "headers": {}, **changes}


def test_a_direct_event_is_the_body() -> None:
    request = Request.from_event({"email": "ann@example.com"})
    assert request.direct
    assert read_json(request.body) == {"email": "ann@example.com"}


@pytest.mark.parametrize("event", [None, [], "text", 7])
def test_an_event_that_is_no_object_is_malformed(event: Any) -> None:
    with pytest.raises(MalformedError):
        Request.from_event(event)


@given(st.binary(max_size=200))
def test_a_base64_body_arrives_as_it_was(body: bytes) -> None:
    event = http_event(body=base64.b64encode(body).decode(), isBase64Encoded=True)
    assert Request.from_event(event).body == body


def test_a_body_that_is_not_base64_is_malformed() -> None:
    with pytest.raises(MalformedError):
        Request.from_event(http_event(body="%%%", isBase64Encoded=True))


def test_a_body_has_a_bound() -> None:
    Request.from_event(http_event(body="x" * MAX_BODY))
    with pytest.raises(TooLargeError):
        Request.from_event(http_event(body="x" * (MAX_BODY + 1)))


def test_a_form_with_too_many_fields_is_malformed() -> None:
    with pytest.raises(MalformedError):
        read_form(b"&".join(b"a=%d" % number for number in range(100)))


def test_json_answers_are_not_stored_by_caches() -> None:
    assert json_response(200, {}).headers["cache-control"] == "no-store"
