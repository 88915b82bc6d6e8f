"""Reading events, and what an answer never says."""

import base64
import contextlib
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata

from email_list import fields
from email_list.errors import MalformedError, TooLargeError
from email_list.http import MAX_BODY, Request, json_response, read_form, read_json


def form(body: bytes, kind: str = "application/x-www-form-urlencoded") -> Request:
    return Request(body=body, headers={"content-type": kind})


def multipart(fields: dict[str, Any]) -> Request:
    """A form as urllib3 sends it, which writes it like browsers do."""
    body, kind = encode_multipart_formdata(fields)
    return form(body, kind)


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
        read_form(form(b"&".join(b"a=%d" % number for number in range(100))))


def test_a_form_with_too_many_parts_is_malformed() -> None:
    with pytest.raises(MalformedError):
        read_form(multipart({f"field{number}": "x" for number in range(100)}))


readable = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: "%2" not in text and "%0" not in text and "\\" not in text and text.strip() == text
)


@given(st.dictionaries(names, readable, min_size=1, max_size=5))
def test_the_fields_of_a_form_arrive_by_either_way_of_sending_it(fields: dict[str, str]) -> None:
    assert read_form(form(urlencode(fields).encode())) == fields
    assert read_form(multipart(fields)) == fields


def test_a_field_that_comes_more_than_once_is_a_list_and_a_file_is_passed_over() -> None:
    body, kind = encode_multipart_formdata([("topics", "News"), ("topics", "Events"), ("cv", ("cv.pdf", b"\xff\x00"))])
    assert read_form(form(body, kind)) == {"topics": ["News", "Events"]}


@pytest.mark.parametrize(
    "body", [b"", b"--x", b"--x\r\n\r\n", b"--x--", b"nonsense", b"--x\r\nname\r\n\r\nvalue\r\n--x--"]
)
def test_a_multipart_form_that_is_none_has_no_fields(body: bytes) -> None:
    assert read_form(form(body, "multipart/form-data; boundary=x")) == {}
    assert read_form(form(body, "multipart/form-data")) == {}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_malformed(body: bytes) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data"):
        with contextlib.suppress(MalformedError):
            assert all(fields.UNREADABLE not in name for name in read_form(form(body, kind)))


@pytest.mark.parametrize(
    "request_",
    [
        form(b"name=J%F6rg"),
        form("name=J\u00f6rg".encode("latin-1")),
        form(
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nJ\xf6rg\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_a_form_in_another_encoding_is_refused_with_advice(request_: Request) -> None:
    with pytest.raises(MalformedError, match="accept-charset"):
        read_form(request_)


def test_json_answers_are_not_stored_by_caches() -> None:
    assert json_response(200, {}).headers["cache-control"] == "no-store"
