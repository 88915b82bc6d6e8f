"""Who did what, through the gateway: scopes as the authorizer enforces them, and the names it hands on."""

import json
from typing import Any

import requests

from local.stack import LocalStack


def call(stack: LocalStack, token: str, method: str, path: str, document: Any = None) -> requests.Response:
    headers = {"authorization": f"Bearer {stack.outputs[token]}"}
    return requests.request(method, stack.outputs["api_endpoint"] + path, json=document, headers=headers, timeout=30)


def test_an_editor_writes_and_tests_but_neither_sends_nor_erases_nor_looks_into_the_audit(stack: LocalStack) -> None:
    letter = {"subject": "News", "body": "Hello."}
    email = "written@audit.example.com"
    allowed = [
        call(stack, "write_token", "POST", "/subscribers", {"email": email}),
        call(stack, "write_token", "PATCH", f"/subscribers/{email}", {"name": "Wren"}),
        call(stack, "write_token", "PUT", "/templates/mine", {"subject": "Hi", "html": "<p>Hi</p>"}),
        call(stack, "write_token", "POST", "/drafts/test", {**letter, "to": ["editor@audit.example.com"]}),
        call(stack, "write_token", "GET", "/campaigns"),
    ]
    assert [answer.status_code for answer in allowed] == [201, 200, 201, 200, 200]
    refused = [
        call(stack, "write_token", "POST", "/campaigns", letter),
        call(stack, "write_token", "DELETE", f"/subscribers/{email}"),
        call(stack, "write_token", "GET", "/audit"),
        call(stack, "read_only_token", "GET", "/audit"),
        call(stack, "read_only_token", "POST", "/subscribers", {"email": email}),
        call(stack, "read_only_token", "POST", "/subscribers/export", {}),
    ]
    assert {answer.status_code for answer in refused} == {403}


def test_the_audit_names_the_token_and_the_operator_behind_every_change(stack: LocalStack) -> None:
    email = "named@audit.example.com"
    person = call(stack, "write_token", "POST", "/subscribers", {"email": email}).json()
    call(stack, "admin_token", "PATCH", f"/subscribers/{email}", {"name": "Nan"})
    stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["unsubscribe_function"], Payload=json.dumps({"email": email})
    )
    entries = call(stack, "admin_token", "GET", f"/audit?on={person['id']}").json()["entries"]
    assert [(entry["token"], entry["scope"], entry["operation"]) for entry in entries] == [
        ("operator", "invoke", "unsubscribe"),
        ("first", "full", "change_subscriber"),
        ("editor", "write", "add_subscriber"),
    ]
    campaign = call(stack, "admin_token", "POST", "/campaigns", {"subject": "Hi", "body": "Hi", "hold": True}).json()
    newest = call(stack, "admin_token", "GET", "/audit?limit=1").json()["entries"]
    assert [(entry["operation"], entry["on"]) for entry in newest] == [("create_campaign", campaign["id"])]
