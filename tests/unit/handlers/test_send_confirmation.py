"""The worker of sign-ups: confirmations that go, that wait, and that never go."""

import json
import os
from typing import Any

import pytest
import requests

from email_list.aws.queue import Queue
from email_list.clock import iso, utc_now
from email_list.people import brake
from email_list.people.brake import LONGEST_LOOK
from email_list.people.subscribers import CONFIRMATION_LIFETIME
from local.names import NameServer
from tests.unit.domain.ses_examples import bounced, mail

from .conftest import Stack, forget_collaborators

NO_LIMITS = {
    "DEAD_LETTERS": "none",
    "MAX_BOUNCE_PERCENT": "100",
    "MAX_COMPLAINT_PERCENT": "100",
    "RATE_MINIMUM_MAILS": "1",
}
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def sending(ses: Any) -> str:
    """SES, ready to send; the address of its mailbox."""
    ses.create_email_identity(EmailIdentity="list.example")
    ses.create_configuration_set(ConfigurationSetName="list-set")
    return f"{os.environ['AWS_ENDPOINT_URL_SESV2']}/mailbox"


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long messages were to wait; nobody has that time here."""
    delays: list[int] = []
    send = Queue.send

    def at_once(self: Queue, body: str, delay_seconds: int = 0) -> None:
        delays.extend([delay_seconds] if delay_seconds else [])
        send(self, body)

    monkeypatch.setattr(Queue, "send", at_once)
    return delays


def sign_up(stack: Stack, *emails: str) -> None:
    for email in emails:
        assert stack.http("subscribe", "POST", "/subscribe", json_body={"email": email}).status == 202


def work(stack: Stack) -> None:
    """Every message that is in the queue now, as a fresh environment of the function takes it."""
    forget_collaborators()
    stack.work("send_confirmation", "SIGNUPS_QUEUE")


def mailed(mailbox: str) -> list[str]:
    return [mail["to"][0] for mail in requests.get(f"{mailbox}/messages", timeout=10).json()]


def behave(mailbox: str, **settings: Any) -> None:
    assert requests.put(f"{mailbox}/behaviour", json=settings, timeout=10).ok


def held(printed: str) -> int:
    return sum(json.loads(line).get("ConfirmationsHeld", 0) for line in printed.splitlines() if line.startswith("{"))


def test_what_is_over_the_cap_waits_and_goes_when_there_is_room(
    stack: Stack,
    sending: str,
    delays: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CONFIRMATIONS_PER_HOUR", "1")
    sign_up(stack, ANN, BOB)
    work(stack)
    assert mailed(sending) == [ANN]
    assert stack.person(BOB) is None
    for _ in range(10):
        work(stack)
    assert mailed(sending) == [ANN]
    assert len(delays) == 11
    assert all(0 < delay <= LONGEST_LOOK for delay in delays)
    assert held(capsys.readouterr().out) == 11
    monkeypatch.setenv("CONFIRMATIONS_PER_HOUR", "2")
    work(stack)
    assert mailed(sending) == [ANN, BOB]
    assert stack.messages("SIGNUPS_QUEUE") == []


def test_what_is_spread_over_the_hour_waits_for_minutes_and_alarms_nobody(
    stack: Stack,
    sending: str,
    delays: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(brake, "AT_ONCE", 1)
    monkeypatch.setenv("CONFIRMATIONS_PER_HOUR", "10")
    sign_up(stack, ANN, BOB)
    work(stack)
    assert mailed(sending) == [ANN]
    assert [0 < delay <= 60 * brake.SLOT_MINUTES for delay in delays] == [True]
    assert held(capsys.readouterr().out) == 0


def test_a_confirmation_that_ses_refuses_for_now_goes_later_though_its_address_is_in_its_cooldown(
    stack: Stack, sending: str, delays: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from handlers.wiring import braking

    with monkeypatch.context() as unknowing:
        # SES was not asked for the account, and so the quota is met by sending alone.
        unknowing.setattr(braking, "known_account", lambda client: lambda: None)
        behave(sending, daily_quota=0)
        sign_up(stack, ANN)
        for _ in range(7):
            work(stack)
    assert (mailed(sending), delays) == ([], [LONGEST_LOOK] * 7)
    assert stack.person(ANN)["status"] == "pending"
    behave(sending, daily_quota=100)
    work(stack)
    assert mailed(sending) == [ANN]


def test_while_the_quota_is_used_up_nothing_is_tried(stack: Stack, sending: str, delays: list[int]) -> None:
    behave(sending, daily_quota=10, sent_last_24_hours=10)
    sign_up(stack, ANN)
    work(stack)
    assert (mailed(sending), stack.person(ANN), len(delays)) == ([], None, 1)
    behave(sending, daily_quota=None)
    work(stack)
    assert mailed(sending) == [ANN]


def test_a_wish_waits_as_long_as_a_confirmation_would_have_been_good(
    stack: Stack, sending: str, delays: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIRMATIONS_PER_HOUR", "1")
    sign_up(stack, ANN, BOB)
    work(stack)
    (message,) = stack.messages("SIGNUPS_QUEUE")
    wish = json.loads(message["body"])
    wish["evidence"]["at"] = iso(utc_now() - CONFIRMATION_LIFETIME)
    stack.run("send_confirmation", {"Records": [{**message, "body": json.dumps(wish)}]})
    assert stack.messages("SIGNUPS_QUEUE") == []


def test_no_more_wait_than_can_be_sent_while_they_are_good(
    stack: Stack, sending: str, delays: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIRMATIONS_PER_HOUR", "1")
    monkeypatch.setenv("CONFIRMATIONS_PER_DAY", "1")
    asked: list[int] = []
    monkeypatch.setattr(Queue, "delayed", lambda self: asked.append(1) or 6 + len(asked))
    sign_up(stack, ANN, BOB, "cyd@example.com")
    work(stack)
    assert (mailed(sending), len(delays)) == ([ANN], 0)


def test_a_domain_that_takes_no_email_gets_none_and_leaves_no_trace(stack: Stack, sending: str) -> None:
    with NameServer() as names, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAME_SERVER", names.address)
        names.set({"dead.example.org": {}, "broken.example.org": "SERVFAIL"})
        sign_up(stack, "ann@dead.example.org", "bob@broken.example.org", "cyd@alive.example.org")
        work(stack)
    assert mailed(sending) == ["bob@broken.example.org", "cyd@alive.example.org"]
    assert stack.person("ann@dead.example.org") is None


def bounce(stack: Stack, message: str, purpose: str = "confirmation") -> None:
    sent = mail("gone@example.org", place=None, message=message)
    body = {
        "eventType": "Bounce",
        "mail": {**sent, "tags": {"purpose": [purpose]}},
        "bounce": bounced("gone@example.org"),
    }
    stack.run("record_event", {"Records": [{"messageId": message, "body": json.dumps(body)}]})


def test_many_bounces_of_confirmations_stop_them_until_an_administrator_lets_them_go_on(
    stack: Stack, sending: str, delays: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENDER_IDENTITY", "list.example")
    for name, value in NO_LIMITS.items():
        monkeypatch.setenv(name, value)
    sign_up(stack, *(f"{number}@example.org" for number in range(30)))
    work(stack)
    for number in range(30):
        bounce(stack, f"welcome-{number}", purpose="welcome")
        bounce(stack, f"confirmation-{number % 20}")
    assert stack.http("settings", "GET", "/settings").json["confirmations"]["bounced_last_24_hours"] == 20
    bounce(stack, "confirmation-21")
    sign_up(stack, ANN)
    work(stack)
    assert (ANN in mailed(sending), delays) == (False, [LONGEST_LOOK])
    shown = stack.http("settings", "GET", "/settings").json["confirmations"]
    assert (shown["state"], shown["cause"], shown["sent_last_24_hours"]) == ("held", "bounces", 30)
    answer = stack.http("settings", "PATCH", "/settings", json_body={"confirmations": "running"})
    assert (answer.status, answer.json["confirmations"]["state"]) == (200, "running")
    work(stack)
    assert ANN in mailed(sending)


@pytest.mark.parametrize("document", [{}, {"confirmations": "held"}, {"confirmations": True}])
def test_administrators_can_only_let_confirmations_go_on(stack: Stack, document: dict[str, Any]) -> None:
    answer = stack.http("settings", "PATCH", "/settings", json_body=document)
    assert (answer.status, answer.json["error"]["details"]) == (422, {"field": "confirmations"})
