"""What the check says of a sender, an account and an answer, and whom it may give to a stack."""

import time
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import requests
from botocore.exceptions import NoCredentialsError

from check import CheckFailedError, steps
from check.__main__ import as_failure
from check.recording import shape
from check.stack import Stack, cause, unexpected, until
from check.steps import SCENARIOS, Walk, is_overdue, new_run, simulated

ON_AWS = {"api_endpoint": "https://abc123.execute-api.eu-west-1.amazonaws.com"}
HEALTHY = {
    "in_sandbox": False,
    "sending_enabled": True,
    "enforcement_status": "healthy",
    "rate_per_second": 14.0,
    "daily_quota": 50000.0,
}


class StackWithConcurrency(Stack):
    """Lambda runs so many functions at once; nothing else can be asked."""

    def __init__(self, functions: int) -> None:
        super().__init__(ON_AWS)
        self._functions = functions

    def client(self, service: str) -> Any:
        assert service == "lambda"
        limit = {"AccountLimit": {"ConcurrentExecutions": self._functions}}
        return SimpleNamespace(get_account_settings=lambda: limit)


def walk(*, functions: int = 1000, **settings: Any) -> Walk:
    return Walk(StackWithConcurrency(functions), 1, settings=settings)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_address_of_a_check_is_the_simulators_with_the_label_of_the_run(scenario: str) -> None:
    assert simulated(scenario, "check-1-a") == f"{scenario}+check-1-a@simulator.amazonses.com"


@pytest.mark.parametrize("scenario", ["ada", "success@example.com,bounce", ""])
def test_no_other_address_can_be_made(scenario: str) -> None:
    with pytest.raises(ValueError, match="simulator"):
        simulated(scenario, "check-1-a")


def test_everybody_in_a_walk_is_an_address_of_the_simulator() -> None:
    one = walk()
    addresses = [*one.people.values(), one.visitor]
    assert len(set(addresses)) == len(SCENARIOS) + 1
    assert {address.rpartition("@")[2] for address in addresses} == {"simulator.amazonses.com"}


def test_a_run_is_overdue_an_hour_after_it_began() -> None:
    now = int(time.time())
    assert not is_overdue(new_run())
    assert not is_overdue(f"check-{now - 3500}-a")
    assert is_overdue(f"check-{now - 3700}-a")
    assert is_overdue(f"check-{now - 3700}-a-signup@simulator.amazonses.com")
    assert not any(map(is_overdue, ["", "check-", "check-x-a", "letter-1-a", "1"]))


def test_the_region_is_that_of_the_apis_address() -> None:
    assert Stack(ON_AWS).region == "eu-west-1"
    assert Stack({"api_endpoint": "https://x.execute-api.cn-north-1.amazonaws.com.cn"}).region == "cn-north-1"
    assert Stack({"api_endpoint": "https://news.example.org"}).region is None
    assert Stack({"api_endpoint": "http://127.0.0.1:1", "emulator_url": "http://127.0.0.1:1"}).region == "us-east-1"


def found(*, verified: bool, identity: str = "example.org", dkim: str = "success") -> dict[str, Any]:
    """What GET /deliverability answers, as far as the check reads it."""
    token = {"name": "token._domainkey.example.org", "type": "CNAME", "value": "token.dkim.amazonses.com"}
    mx = {"name": "example.org", "type": "MX", "value": None, "state": "found"}
    return {
        "sender": {"identity": identity, "domain": "example.org", "verified": verified, "dkim": dkim},
        "records": [{**token, "state": "missing"}, mx],
        "next": {"code": "record_dkim", "message": "Signature (DKIM): Not found."},
    }


class StackOfSender(Stack):
    """Only asked about deliverability."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(ON_AWS)
        self._answer = answer

    def admin(self, method: str, path: str, expected: int = 200, **arguments: Any) -> Any:
        assert (method, path) == ("GET", "/deliverability")
        return self._answer


def seen(answer: dict[str, Any]) -> str:
    return steps.sender_is_verified(Walk(StackOfSender(answer), 1))


def test_a_domain_that_is_not_verified_comes_with_the_records_to_enter() -> None:
    with pytest.raises(CheckFailedError) as failed:
        seen(found(verified=False, dkim="pending"))
    assert failed.value.reason == "SES has not verified example.org yet."
    assert "token._domainkey.example.org CNAME token.dkim.amazonses.com: missing" in failed.value.advice
    with pytest.raises(CheckFailedError, match="SES has not verified") as failed:
        seen(found(verified=False, identity="ann@example.org"))
    assert "AWS has emailed a link to ann@example.org" in failed.value.advice


def test_a_verified_domain_is_told_of_its_records_and_what_to_do_first() -> None:
    words = "example.org, DKIM success, 1 of 2 DNS records found. Signature (DKIM): Not found."
    assert seen(found(verified=True)) == words


def test_an_account_in_production_is_described() -> None:
    seen = steps.account_is_ready(walk(account=HEALTHY))
    assert seen == "SES takes 14 emails a second, 50,000 in 24 hours; Lambda runs 1,000 functions at once"


def test_the_sandbox_a_review_and_a_new_accounts_concurrency_are_explained() -> None:
    account = {**HEALTHY, "in_sandbox": True, "enforcement_status": "probation", "daily_quota": None}
    seen = steps.account_is_ready(walk(functions=10, account=account))
    assert "no daily quota" in seen
    assert "IN THE SANDBOX, so only verified addresses get email" in seen
    assert "UNDER REVIEW by SES (probation)" in seen
    assert "Lambda runs 10 functions at once; ASK FOR MORE" in seen


@pytest.mark.parametrize("change", [{"sending_enabled": False}, {"enforcement_status": "shutdown"}])
def test_an_account_that_may_not_send_fails(change: dict[str, Any]) -> None:
    with pytest.raises(CheckFailedError, match="suspended"):
        steps.account_is_ready(walk(account={**HEALTHY, **change}))


def test_a_confirmation_that_alone_is_missing_leads_to_the_log_of_its_sender() -> None:
    one = walk()
    assert "log of send_confirmation" in steps._silence(one, [one.visitor]).advice
    assert "`mail-events`" in steps._silence(one, [one.people["bounce"], one.visitor]).advice


@pytest.mark.parametrize(
    ("status", "advice", "logged"),
    [(403, "older than the stack", False), (429, "Wait a while", False), (502, "log in CloudWatch", True)],
)
def test_an_unexpected_answer_says_what_to_do(status: int, advice: str, logged: bool) -> None:
    failure = unexpected("GET /settings", status, "x" * 1000)
    assert failure.reason.startswith(f"GET /settings answered {status}: xxx")
    assert len(failure.reason) < 400
    assert advice in failure.advice
    assert failure.logged is logged


def test_an_api_and_an_aws_that_do_not_answer_are_told_apart() -> None:
    assert as_failure(requests.ConnectTimeout("timed out")).reason == "The API does not answer: timed out"
    assert "linkDomain" in as_failure(requests.ConnectionError("Name or service not known")).advice
    assert "aws sts get-caller-identity" in as_failure(NoCredentialsError()).advice


class Logs:
    """CloudWatch and Lambda, with two stacks of like names."""

    LOGGED: ClassVar = {
        "/aws/lambda/list-museum-subscribe": [[], [{"message": "denied"}, {"message": "denied"}]],
        "/aws/lambda/list-museum-shop-subscribe": [[{"message": "somebody else's"}]],
    }

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        return {"LoggingConfig": {"LogGroup": "/aws/lambda/list-museum-send_newsletter"}}

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, operation))

    def describe_log_groups(self, logGroupNamePrefix: str) -> list[dict[str, Any]]:
        names = [{"logGroupName": name} for name in self.LOGGED if name.startswith(logGroupNamePrefix)]
        return [{"logGroups": names}]

    def filter_log_events(self, logGroupName: str, **_: Any) -> list[dict[str, Any]]:
        return [{"events": events} for events in self.LOGGED[logGroupName]]


def test_errors_are_those_of_this_stack_on_any_page_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack({**ON_AWS, "send_newsletter_function": "list-museum-send_newsletter-0123456"})
    monkeypatch.setattr(stack, "client", lambda service: Logs())
    assert stack.errors_logged(0) == ["subscribe: denied"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"level": "ERROR", "message": "unexpected error", "errorMessage": "denied"}', "denied"),
        ('{"level": "ERROR", "message": "campaign paused"}', "campaign paused"),
        ("[ERROR] unexpected error\nTraceback\n  File\nClientError: denied\n", "ClientError: denied"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_a_log_lines_error_is_found(line: str, expected: str) -> None:
    assert cause(line) == expected


def test_waiting_is_bounded_and_looks_ever_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pauses = [100.0], []

    def sleep(seconds: float) -> None:
        pauses.append(round(seconds, 6))
        clock[0] += seconds

    monkeypatch.setattr("check.stack.time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    assert until(lambda: "", 10) == ""
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 0.9]
    assert until(lambda: clock[0] > 111, 10)


def test_a_shape_keeps_the_words_of_ses_and_nothing_else() -> None:
    event = {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "status": "ada@example.com",
            "recipients": [{"n": 1}, {"n": 2}, {"n": ""}],
        },
        "Policies": {"mine": "text"},
        "none": None,
        "flag": True,
    }
    assert shape(event) == {
        "eventType": "=Bounce",
        "bounce": {"bounceType": "=Permanent", "status": "text", "recipients": [{"n": "number"}, {"n": "text"}]},
        "none": "null",
        "flag": "boolean",
    }
