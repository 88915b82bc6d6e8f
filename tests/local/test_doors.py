"""Both doors of a running stack: the HTTP API with its authorizer, and direct invocation by operators."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from components import packaging
from components.api import ROUTES, Access
from local.stack import LocalStack


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """A stack of its own: operators send to everybody on the list, and the shared one has the other tests' people."""
    with LocalStack(port=0, enforce_iam=True) as running:
        yield running


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
    guarded = [route for route in ROUTES if route.access is Access.ADMIN]
    assert guarded
    for route in guarded:
        url = stack.outputs["api_endpoint"] + route.path.replace("{", "").replace("}", "")
        answer = requests.request(route.method, url, headers=headers, timeout=30)
        assert answer.status_code in (401, 403), route.key


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


def test_a_bundle_that_lacks_a_dependency_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "lambda_src"
    shutil.copytree(packaging.SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    requirements = source / "requirements.txt"
    kept = [line for line in requirements.read_text().splitlines() if not line.startswith("itsdangerous")]
    requirements.write_text("\n".join(kept))
    build = packaging.build_bundle
    monkeypatch.setattr(
        packaging, "build_bundle", lambda target: build(target, source=source, build=tmp_path / "build")
    )
    with LocalStack(port=0) as stack:
        answer = stack.cloud.client("lambda").invoke(
            FunctionName=stack.outputs["unsubscribe_function"], Payload=json.dumps({"email": "ann@example.com"})
        )
        assert "FunctionError" in answer
        assert "itsdangerous" in answer["Payload"].read().decode()
