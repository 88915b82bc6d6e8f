"""The authorizer lets tokens in, counts what it refuses, and tells nobody about either."""

import hashlib
import json
import logging

import pytest

from contract import ROUTES, Access, Route
from email_list.aws.clients import client

from .conftest import Stack

FULL, READER = "full-token-of-an-administrator", "token-of-a-dashboard"


@pytest.fixture(autouse=True)
def tokens(stack: Stack) -> None:
    document = {
        kind: [hashlib.sha256(token.encode()).hexdigest()] for kind, token in (("full", FULL), ("read_only", READER))
    }
    client("ssm").put_parameter(Name="/list/admin-tokens", Value=json.dumps(document), Type="SecureString")


def ask(stack: Stack, authorization: str, method: str = "GET", path: str = "/subscribers") -> bool:
    http = {"requestContext": {"http": {"method": method}}, "rawPath": path}
    return stack.run("authorizer", {**http, "headers": {"Authorization": authorization}})["isAuthorized"]


def test_tokens_open_what_they_are_for(stack: Stack) -> None:
    assert ask(stack, f"Bearer {FULL}", "DELETE")
    assert ask(stack, f"Bearer {READER}")
    assert not ask(stack, f"Bearer {READER}", "POST")
    nobody = {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/subscribers"}
    assert not stack.run("authorizer", nobody)["isAuthorized"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.access is not Access.PUBLIC], ids=lambda r: r.key)
def test_a_reader_may_call_what_reads_and_nothing_else(stack: Stack, route: Route) -> None:
    path = route.path.replace("{", "").replace("}", "")
    assert ask(stack, f"Bearer {READER}", route.method, path) == (route.method == "GET")
    assert ask(stack, f"Bearer {FULL}", route.method, path)


@pytest.mark.parametrize("path", ["/nowhere", "/campaigns/1/2/3", "//subscribers//", ""])
def test_what_there_is_not_is_told_to_whoever_has_a_token(stack: Stack, path: str) -> None:
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
