"""What is too large, too deep, forged, or dressed up as something else gets a clear answer and changes nothing."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import ROUTES
from email_list import cursors
from email_list.aws.clients import client
from email_list.http import MAX_DEPTH
from local.ses import SesStandIn

from .conftest import Answer, Stack, fresh_stack

EMAIL = "ann@example.com"
LARGER_THAN_ANY_BODY = "x" * (5 * 1024 * 1024 + 1)
OPENED_ONCE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)

PARAMETERS = {"email": EMAIL, "name": "preview", "id": "0" * 26, "file+": "style.css", "slug": "the-fair"}
TAKING_JSON = [
    ("subscribe", "POST", "/subscribe"),
    ("subscribers", "POST", "/subscribers"),
    ("subscribers", "PATCH", "/subscribers/{email}"),
    ("campaigns", "POST", "/campaigns"),
    ("templates", "PUT", "/templates/{name}"),
    ("drafts", "POST", "/drafts/preview"),
    ("drafts", "POST", "/drafts/test"),
    ("drafts", "POST", "/drafts/audience"),
]
LISTINGS = [
    ("list_subscribers", "/subscribers?"),
    ("list_subscribers", "/subscribers?search=an&"),
    ("campaigns", "/campaigns?"),
    ("templates", "/templates?"),
]


@pytest.fixture(scope="module")
def stack(moto: None) -> Iterator[Stack]:
    """One stack for all: what is refused here changes nothing. It has somebody to find, and all that functions need."""
    with pytest.MonkeyPatch.context() as patch, SesStandIn() as ses, fresh_stack(patch) as stack:
        for name in ("BATCHES_QUEUE", "PLANNER_FUNCTION", "PLANNER_ARN", "SCHEDULE_GROUP", "SCHEDULE_ROLE"):
            patch.setenv(name, "unused")
        for name, value in (
            ("SETTLEMENT_GRACE_SECONDS", "300"),
            ("SCHEDULE_LATENESS_MINUTES", "60"),
            ("SENDER_IDENTITY", "letters@list.example"),
            ("AWS_ENDPOINT_URL_SESV2", ses.url),
        ):
            patch.setenv(name, value)
        stack.put(EMAIL, "active")
        client.cache_clear()
        yield stack
    client.cache_clear()


def call(stack: Stack, handler: str, method: str, path: str, **request: Any) -> Answer:
    """A request to a route, with something to find in each place of its path."""
    for name, value in PARAMETERS.items():
        path = path.replace(f"{{{name}}}", value)
    return stack.http(handler, method, path, **request)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


def everything(stack: Stack) -> list[Any]:
    return [stack.subscribers.scan()["Items"], stack.records.scan()["Items"]]


def without_audit(tables: list[Any]) -> list[Any]:
    return [[row for row in rows if not row.get("pk", "").startswith("AUDIT")] for rows in tables]


# Bodies


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_no_route_reads_a_body_without_bounds(stack: Stack, route: Any) -> None:
    before = everything(stack)
    answer = call(stack, route.function, route.method, route.path, body=LARGER_THAN_ANY_BODY)
    assert answer.status == 413
    assert everything(stack) == before


@pytest.mark.parametrize(("handler", "method", "path"), TAKING_JSON)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "nonsense",
        "[]",
        "null",
        "[" * 100_000,
        '{"a":' * 40_000,
        "{" + '"a":{' * MAX_DEPTH + "}" * MAX_DEPTH + "}",
        '{"values": {"a": NaN}, "sample": {"a": NaN}}',
        '{"values": {"a": 1e999}, "sample": {"a": -1e999}}',
        '{"email": ' + "9" * 5000 + "}",
        "--boundary\r\nContent-Disposition: form-data; name=email\r\n\r\nann@example.com",
        "<email>ann@example.com</email>",
    ],
    ids=lambda body: body[:12],
)
def test_a_body_that_is_no_object_of_json_is_refused(
    stack: Stack, handler: str, method: str, path: str, body: str
) -> None:
    before = everything(stack)
    answer = call(stack, handler, method, path, body=body, headers={"content-type": "application/json"})
    if body:
        assert code(answer) == (400, "malformed")
    else:
        assert answer.status < 500
    after = everything(stack)
    # A change of nothing is a change, and entered as one.
    assert (after if body else without_audit(after)) == (before if body else without_audit(before))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
@pytest.mark.parametrize(("handler", "method", "path"), TAKING_JSON)
def test_json_in_another_encoding_is_read_or_refused_but_never_misread(
    stack: Stack, handler: str, method: str, path: str, encoding: str
) -> None:
    body = json.dumps({"ünknown": "ä"}, ensure_ascii=False).encode(encoding)
    event_body = base64.b64encode(body).decode()
    answer = _raw(stack, handler, method, path, event_body)
    if encoding == "latin-1":
        assert answer["statusCode"] == 400
    else:
        assert json.loads(answer["body"])["error"]["details"] == {"field": "ünknown"}


def _raw(stack: Stack, handler: str, method: str, path: str, body: str) -> dict[str, Any]:
    http = {"method": method, "sourceIp": "203.0.113.7", "userAgent": ""}
    event = {"rawPath": path, "body": body, "isBase64Encoded": True}
    return stack.run(
        handler, {**event, "headers": {"content-type": "application/json"}, "requestContext": {"http": http}}
    )


# Hypothesis: any JSON at all

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "email",
        "name",
        "topics",
        "attributes",
        "source",
        "status",
        "acknowledge",
        "subject",
        "html",
        "body",
        "text",
        "template",
        "values",
        "defaults",
        "preheader",
        "language",
        "audience",
        "schedule_at",
        "hold",
        "to",
        "part",
        "description",
        "sample",
        "version",
        "message",
        "homepage",
        "token",
    ]
)


@pytest.mark.parametrize(("handler", "method", "path"), TAKING_JSON)
@OPENED_ONCE
@given(document=st.dictionaries(FIELDS, JSON_VALUES, max_size=5))
def test_any_values_in_known_fields_get_a_described_answer(
    stack: Stack, handler: str, method: str, path: str, document: dict[str, Any]
) -> None:
    assert call(stack, handler, method, path, json_body=document).status < 500


@OPENED_ONCE
@given(event=JSON_VALUES)
@pytest.mark.parametrize("handler", ["subscribe", "unsubscribe", "list_subscribers"])
def test_operators_get_an_answer_to_any_event(stack: Stack, handler: str, event: Any) -> None:
    assert stack.run(handler, event)["statusCode"] < 500


# Cursors and bounds of listings


@pytest.mark.parametrize(("handler", "listing"), LISTINGS)
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "e30",
        "A" * 5000,
        cursors.encode([]),
        cursors.encode(["a"] * 9),
        cursors.encode(["", "", ""]),
        base64.urlsafe_b64encode(b"[1, 2, 3]").decode(),
        base64.urlsafe_b64encode(("[" * 700).encode()).decode(),
        base64.urlsafe_b64encode(b'["\\ud800"]').decode(),
    ],
    ids=lambda cursor: cursor[:10],
)
def test_a_cursor_that_no_listing_gave_out_is_refused(stack: Stack, handler: str, listing: str, cursor: str) -> None:
    answer = stack.http(handler, "GET", f"{listing}cursor={cursor}")
    assert code(answer) == (400, "invalid_cursor")


def test_a_search_does_not_continue_outside_of_what_it_asks_for(stack: Stack) -> None:
    """DynamoDB refuses such a key, which would be an error of ours."""
    elsewhere = cursors.encode(["zoe@example.com"])
    answer = stack.http("list_subscribers", "GET", f"/subscribers?search=ann&cursor={elsewhere}")
    assert code(answer) == (400, "invalid_cursor")


@pytest.mark.parametrize(("handler", "listing"), LISTINGS)
@pytest.mark.parametrize(
    "limit", ["0", "-1", "1.5", "1e3", "\u0661", "\u00b2", "99999999999999999999", "all", "+1", "0x10"]
)
def test_a_limit_is_a_plain_number_within_its_bounds(stack: Stack, handler: str, listing: str, limit: str) -> None:
    assert code(stack.http(handler, "GET", f"{listing}limit={limit}")) == (422, "invalid")


# Paths

TRICKS = (
    "..",
    "../admin",
    "..%2F..%2Fetc%2Fpasswd",
    "a/subscribers/import",
    "import/../export",
    "\0",
    "a\r\nb",
    "%",
    "." * 300,
    "x" * 5000,
    "\ud800",
    "ann@example.com/preview",
)


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: ascii(trick)[:16])
@pytest.mark.parametrize(
    ("handler", "method", "path"),
    [
        ("subscribers", "GET", "/subscribers/{email}"),
        ("subscribers", "DELETE", "/subscribers/{email}"),
        ("subscribers", "GET", "/subscribers/import/{id}"),
        ("campaigns", "GET", "/campaigns/{id}"),
        ("campaigns", "POST", "/campaigns/{id}/cancel"),
        ("templates", "GET", "/templates/{name}"),
        ("templates", "DELETE", "/templates/{name}"),
        ("console", "GET", "/console/{file}"),
    ],
)
def test_a_path_that_names_nothing_finds_nothing(
    stack: Stack, handler: str, method: str, path: str, trick: str
) -> None:
    before = everything(stack)
    event = {"rawPath": path.split("{")[0] + trick}
    http = {"method": method, "sourceIp": "203.0.113.7", "userAgent": ""}
    answer = stack.run(
        handler, {**event, "headers": {"content-type": "application/json"}, "requestContext": {"http": http}}
    )
    assert answer["statusCode"] in (400, 404, 405), answer["body"]
    answer["body"].encode()
    assert everything(stack) == before


@OPENED_ONCE
@given(name=st.text(max_size=60))
def test_a_template_is_found_and_kept_only_under_a_plain_name(stack: Stack, name: str) -> None:
    event = {"rawPath": f"/templates/{name}", "headers": {}}
    http = {"method": "PUT", "sourceIp": "203.0.113.7", "userAgent": ""}
    body = json.dumps({"subject": "Hello", "html": "Hello."})
    answer = stack.run("templates", {**event, "body": body, "requestContext": {"http": http}})
    plain = name.isascii() and name.replace("-", "").isalnum() and name == name.lower() and name[0] != "-"
    assert (answer["statusCode"] < 400) == (plain and len(name) <= 49), answer["body"]


# Headers and look-alikes


@pytest.mark.parametrize("name", ["Ann\r\nBcc: all@example.com", "Ann\nX: y", "Ann\u2028B", "Ann\u0085B", "Ann\0B"])
def test_nothing_that_is_stored_can_begin_a_header(stack: Stack, name: str) -> None:
    answer = call(stack, "subscribers", "PATCH", "/subscribers/{email}", json_body={"name": name})
    assert answer.status == 200
    stored = stack.person(EMAIL)["name"]
    assert stored.isprintable(), ascii(stored)


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: all@example.com", "Hi\n\n<script>", "Hi\u2029there"])
def test_a_subject_is_one_line(stack: Stack, subject: str) -> None:
    answer = stack.http("drafts", "POST", "/drafts/preview", json_body={"subject": subject, "body": "Hello."})
    assert answer.status == 200
    assert answer.json["subject"].isprintable()


@pytest.mark.parametrize("key", ["a\r\nb", "ключ", "x" * 201, "\t"])
def test_an_idempotency_key_is_visible_ascii(stack: Stack, key: str) -> None:
    request = {"subject": "Hi", "body": "Hello."}
    answer = stack.http("campaigns", "POST", "/campaigns", json_body=request, headers={"idempotency-key": key})
    assert code(answer) == (422, "invalid")


@pytest.mark.parametrize(
    "look_alike",
    [
        "\u0430nn@example.com",
        "ann\uff20example.com",
        "\uff41nn@example.com",
        "ann\u200b@example.com",
        "a\u0301nn@example.com",
        "ann@example.com\u202e",
        "ann@exam\u00adple.com",
        "ANN@EXAMPLE.COM\0",
        "ann@example.com, bob@example.com",
        "Ann <ann@example.com>",
        '"ann"@example.com',
        "ann@[127.0.0.1]",
    ],
    ids=ascii,
)
def test_an_address_that_only_looks_like_another_is_never_taken_for_it(stack: Stack, look_alike: str) -> None:
    answer = stack.http("subscribers", "POST", "/subscribers", json_body={"email": look_alike})
    assert code(answer) == (400, "invalid_address")
    assert stack.person(EMAIL)["status"] == "active"


def test_a_look_alike_of_a_domain_is_stored_as_what_it_is(stack: Stack) -> None:
    answer = stack.http("subscribers", "POST", "/subscribers", json_body={"email": "ann@\u0435\u0445\u0430mple.com"})
    assert answer.json["email"] == "ann@xn--mple-43d3a6i.com"


@pytest.mark.parametrize("text", ["\ud800", "a\udfff"], ids=["high half a character", "low half of a character"])
@pytest.mark.parametrize(
    "document",
    [
        lambda text: {"email": "bob@example.com", "attributes": {text: "x"}},
        lambda text: {"email": "bob@example.com", "topics": [text]},
        lambda text: {"email": text},
    ],
    ids=["attribute", "topic", "email"],
)
def test_half_a_character_is_refused_in_an_answer_that_can_be_sent(
    stack: Stack, document: Callable[[str], Any], text: str
) -> None:
    answer = stack.http("subscribers", "POST", "/subscribers", json_body=document(text))
    assert answer.status in (400, 422)
    answer.body.encode()
