"""The authorizer lets tokens in, counts what it refuses, and tells nobody about either."""

import hashlib
import json
import logging
from typing import Any

import pytest

from contract import ROUTES, Access, Route
from email_list.aws.clients import client

from .conftest import Stack

FULL, EDITOR, READER = "full-token-of-an-administrator", "token-of-an-editor", "token-of-a-dashboard"
ALLOWED = {
    FULL: {Access.READ, Access.WRITE, Access.SEND, Access.ADMIN},
    EDITOR: {Access.READ, Access.WRITE},
    READER: {Access.READ},
}


@pytest.fixture(autouse=True)
def tokens(stack: Stack) -> None:
    document = {
        scope: {f"the-{scope}": hashlib.sha256(token.encode()).hexdigest()}
        for scope, token in (("full", FULL), ("write", EDITOR), ("read_only", READER))
    }
    client("ssm").put_parameter(Name="/list/admin-tokens", Value=json.dumps(document), Type="SecureString")


def ask(stack: Stack, authorization: str, method: str = "GET", path: str = "/subscribers") -> bool:
    return answer(stack, authorization, method, path)["isAuthorized"]


def answer(stack: Stack, authorization: str, method: str = "GET", path: str = "/subscribers") -> dict[str, Any]:
    http = {"requestContext": {"http": {"method": method}}, "rawPath": path}
    return stack.run("authorizer", {**http, "headers": {"Authorization": authorization}})


def test_tokens_open_what_they_are_for(stack: Stack) -> None:
    assert ask(stack, f"Bearer {FULL}", "DELETE")
    assert ask(stack, f"Bearer {READER}")
    assert not ask(stack, f"Bearer {READER}", "POST")
    nobody = {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/subscribers"}
    assert not stack.run("authorizer", nobody)["isAuthorized"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.access is not Access.PUBLIC], ids=lambda r: r.key)
def test_every_route_opens_to_the_scopes_that_hold_its_access_and_to_no_other(stack: Stack, route: Route) -> None:
    path = route.path.replace("{", "").replace("}", "")
    opened = {token for token in ALLOWED if ask(stack, f"Bearer {token}", route.method, path)}
    assert opened == {token for token, allowed in ALLOWED.items() if route.access in allowed}


def test_the_function_and_the_access_log_are_told_whose_token_it_is(stack: Stack) -> None:
    assert answer(stack, f"Bearer {EDITOR}")["context"] == {"token": "the-write", "scope": "write"}
    assert answer(stack, "Bearer wrong") == {"isAuthorized": False}


@pytest.mark.parametrize("path", ["/nowhere", "/campaigns/1/2/3", "//subscribers//", ""])
def test_what_there_is_not_is_told_to_anyone_who_has_a_token(stack: Stack, path: str) -> None:
    assert ask(stack, f"Bearer {READER}", "POST", path)
    assert not ask(stack, "Bearer wrong", "POST", path)


def test_refusals_are_counted_and_nothing_is_said_about_tokens(
    stack: Stack, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="email_list")
    tried = [FULL[:-1], f"{FULL} ", "\ud800", "x" * 10_000, "a\r\nb"]
    allowed = [ask(stack, f"Bearer {token}") for token in tried]
    printed = capsys.readouterr().out
    metrics = [json.loads(line) for line in printed.splitlines()]
    assert [metric["TokensRefused"] for metric in metrics] == [1] * allowed.count(False)
    assert allowed == [False, True, False, False, False]
    for token in (FULL, FULL[:-1], "x" * 10, "Bearer"):
        assert token not in printed + caplog.text
