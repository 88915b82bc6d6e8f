"""Drafts through the gateway: two editors on one draft, and nobody's words are lost."""

from typing import Any

import requests

from local.stack import LocalStack

LETTER = {"subject": "Soon, {{name}}", "body": "Hello", "defaults": {"name": "friend"}}


def call(stack: LocalStack, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
    sent = {"authorization": f"Bearer {stack.outputs['admin_token']}", **headers}
    return requests.request(method, stack.outputs["api_endpoint"] + path, json=body, headers=sent, timeout=30)


def test_two_editors_change_one_draft_and_neither_overwrites_the_other(stack: LocalStack) -> None:
    created = call(stack, "POST", "/drafts", {"title": "Summer", "letter": LETTER, "audience": None})
    assert created.status_code == 201, created.text
    path = f"/drafts/{created.json()['id']}"
    read = [call(stack, "GET", path) for _ in range(2)]
    seen = {"if-match": read[0].headers["etag"]}
    written = {name: read[0].json()[name] for name in ("title", "letter", "audience")}
    assert call(stack, "PUT", path, {**written, "title": "Ann's"}, **seen).status_code == 200
    slower = call(stack, "PUT", path, {**written, "title": "Bob's"}, **seen)
    assert slower.status_code == 412
    assert slower.json()["error"]["details"]["draft"]["title"] == "Ann's"
    ids = [draft["id"] for draft in call(stack, "GET", "/drafts").json()["drafts"]]
    assert created.json()["id"] in ids
    assert call(stack, "DELETE", path).status_code == 204
    assert call(stack, "GET", path).status_code == 404
