"""Both doors of a running stack: the HTTP API with its authorizer, and direct invocation by operators."""

import json
from typing import Any

import pytest
import requests

from contract import ROUTES, Access
from local.stack import LocalStack
from tests.local.conftest import FRIEND

STRANGERS = ("https://evil.example", f"{FRIEND}.evil.example", "http://www.example.org", f"{FRIEND}:8443", "null")


@pytest.fixture
def stack(whole_list: LocalStack) -> LocalStack:
    """Operators send to everybody on the list."""
    return whole_list


def invoke(stack: LocalStack, function: str, event: Any) -> tuple[int, Any]:
    """Direct invocation; the status and the body of the answer."""
    answer = stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs[f"{function}_function"], Payload=json.dumps(event)
    )
    payload = json.load(answer["Payload"])
    return payload["statusCode"], json.loads(payload["body"])


def mails_to(stack: LocalStack, email: str) -> list[dict[str, Any]]:
    return requests.get(f"{stack.outputs['mailbox_url']}/messages", params={"to": email}, timeout=10).json()


def test_operators_use_the_functions_directly(stack: LocalStack) -> None:
    person = {"email": "test@example.com", "name": "Test User"}
    status, body = invoke(stack, "subscribe", person)
    assert (status, set(body), body["email"]) == (200, {"message", "email"}, "test@example.com")
    assert invoke(stack, "subscribe", person)[0] == 409
    table = stack.cloud.client("dynamodb")
    item = table.get_item(TableName=stack.outputs["subscribers_table"], Key={"email": {"S": "test@example.com"}})[
        "Item"
    ]
    assert (item["name"], item["status"]) == ({"S": "Test User"}, {"S": "active"})
    status, listing = invoke(stack, "list_subscribers", {})
    assert status == 200
    assert listing["total_count"] == len(listing["subscribers"]) >= 1
    status, report = invoke(stack, "send_newsletter", {"subject": "Hello", "message": "From an operator."})
    assert status == 200
    assert report["sent_count"] == report["total_subscribers"] >= 1
    assert report["failed_count"] == 0
    assert "Test User" in mails_to(stack, "test@example.com")[0]["text"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic YTpi"}])
def test_no_admin_route_opens_without_the_token(stack: LocalStack, headers: dict[str, str]) -> None:
    guarded = [route for route in ROUTES if route.access is not Access.PUBLIC]
    assert guarded
    for route in guarded:
        url = stack.outputs["api_endpoint"] + route.path.replace("{", "").replace("}", "")
        answer = requests.request(route.method, url, headers=headers, timeout=30)
        assert answer.status_code in (401, 403), route.key


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/subscribe/nowhere", 404, "not_found"),
        ("DELETE", "/subscribe", 405, "method_not_allowed"),
        ("GET", "/campaigns/1/2/3", 404, "not_found"),
        ("PUT", "/campaigns", 405, "method_not_allowed"),
        ("GET", "/subscribers/export", 405, "method_not_allowed"),
        ("GET", "/campaigns?page=2", 400, "malformed"),
    ],
)
def test_what_there_is_not_is_answered_as_every_error(
    stack: LocalStack, method: str, path: str, status: int, code: str
) -> None:
    headers = {"authorization": f"Bearer {stack.outputs['admin_token']}"}
    answer = requests.request(method, stack.outputs["api_endpoint"] + path, headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def cors(answer: requests.Response) -> dict[str, str]:
    """What an answer says about scripts of other web sites."""
    return {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("access-control")}


def preflight(stack: LocalStack, origin: str, method: str = "PATCH") -> requests.Response:
    """What a browser asks before a script of this origin may send an administrator's request."""
    asked = {"access-control-request-method": method, "access-control-request-headers": "authorization,content-type"}
    return requests.options(stack.outputs["subscribers_url"], headers={"origin": origin, **asked}, timeout=30)


def test_scripts_of_configured_sites_may_call_the_api(stack: LocalStack) -> None:
    asked = cors(preflight(stack, FRIEND))
    assert asked["access-control-allow-origin"] == FRIEND
    assert "PATCH" in asked["access-control-allow-methods"]
    assert {"authorization", "content-type", "if-match"} <= set(asked["access-control-allow-headers"].split(","))
    assert "access-control-allow-credentials" not in asked
    headers = {"origin": FRIEND, "authorization": f"Bearer {stack.outputs['admin_token']}"}
    for url in (stack.outputs["subscribe_url"], stack.outputs["subscribers_url"]):
        answer = requests.get(url, headers=headers, timeout=30)
        assert answer.status_code == 200
        assert cors(answer)["access-control-allow-origin"] == FRIEND
        assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("origin", STRANGERS)
def test_scripts_of_other_sites_may_not(stack: LocalStack, origin: str) -> None:
    assert cors(preflight(stack, origin)) == {}
    assert cors(requests.get(stack.outputs["subscribe_url"], headers={"origin": origin}, timeout=30)) == {}


def test_markup_in_a_name_and_line_breaks_in_a_subject_leave_no_trace(stack: LocalStack) -> None:
    email = "mallory@example.com"
    invoke(stack, "subscribe", {"email": email, "name": "<script>alert(1)</script>"})
    invoke(
        stack, "send_newsletter", {"subject": "Hi\r\nBcc: all@example.com\r\n\r\n<b>", "message": "<i>x</i> {{name}}"}
    )
    (mail,) = mails_to(stack, email)
    assert mail["subject"] == "Hi Bcc: all@example.com <b>"
    assert "Bcc" not in mail["headers"]
    assert mail["to"] == [email]
    assert "<script" not in mail["html"]
    assert "<script>alert(1)</script>" in mail["text"]
