"""The authorizer lets tokens in, counts what it refuses, and tells nobody about either."""

import hashlib
import json
import logging

import pytest

from email_list.aws.clients import client

from .conftest import Stack

FULL, READER = "full-token-of-an-administrator", "token-of-a-dashboard"


@pytest.fixture(autouse=True)
def tokens(stack: Stack) -> None:
    document = {
        kind: [hashlib.sha256(token.encode()).hexdigest()] for kind, token in (("full", FULL), ("read_only", READER))
    }
    client("ssm").put_parameter(Name="/list/admin-tokens", Value=json.dumps(document), Type="SecureString")


def ask(stack: Stack, authorization: str, method: str = "GET") -> bool:
    event = {"headers": {"Authorization": authorization}, "requestContext": {"http": {"method": method}}}
    return stack.run("authorizer", event)["isAuthorized"]


def test_tokens_open_what_they_are_for(stack: Stack) -> None:
    assert ask(stack, f"Bearer {FULL}", "DELETE")
    assert ask(stack, f"Bearer {READER}")
    assert not ask(stack, f"Bearer {READER}", "POST")
    assert not stack.run("authorizer", {"requestContext": {"http": {"method": "GET"}}})["isAuthorized"]


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
