"""Goodbyes, where the list is configured to send them."""

import json

import pytest

from email_list.mail.letters import Content
from email_list.people.links import Links
from email_list.people.tokens import LinkKeys, LinkTokens
from handlers.wiring import mail

from .conftest import LINK_KEYS, PUBLIC_URL, Stack

ANN = "ann@example.com"
links = Links(PUBLIC_URL, LinkTokens(LinkKeys("2", LINK_KEYS["keys"])))


@pytest.fixture
def sent(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Content]]:
    """What the worker of the greetings queue emails."""
    stack.environment["GREETINGS_QUEUE"] = stack.environment["IMPORTS_QUEUE"]
    monkeypatch.setenv("GREETINGS_QUEUE", stack.environment["GREETINGS_QUEUE"])
    mails: list[tuple[str, str, Content]] = []

    class Post:
        def send(self, email: str, letter: Content, purpose: str) -> None:
            mails.append((purpose, email, letter))

    monkeypatch.setattr(mail, "mailer", Post)
    return mails


def test_anyone_who_leaves_is_told_the_way_back_once(stack: Stack, sent: list[tuple[str, str, Content]]) -> None:
    stack.put(ANN, "active")
    for _ in range(2):
        stack.http("unsubscribe", "POST", links.unsubscribe(ANN, ""))
    stack.work("send_greeting", "GREETINGS_QUEUE")
    ((purpose, _, letter),) = sent
    assert purpose == "goodbye"
    assert f"{PUBLIC_URL}/subscribe" in letter.text


@pytest.mark.parametrize("status", ["active", None])
def test_anyone_who_has_come_back_or_is_gone_is_left_alone(
    stack: Stack, sent: list[tuple[str, str, Content]], status: str | None
) -> None:
    if status:
        stack.put(ANN, status)
    body = json.dumps({"email": ANN, "language": "en"})
    stack.run("send_greeting", {"Records": [{"messageId": "m", "body": body}]})
    assert sent == []


def test_a_queue_that_fails_takes_nothing_from_what_the_person_did(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GREETINGS_QUEUE", "https://sqs.eu-central-1.amazonaws.com/123456789012/nowhere")
    stack.put(ANN, "active")
    assert stack.http("unsubscribe", "POST", links.unsubscribe(ANN, "")).status == 200
    assert stack.person(ANN)["status"] == "unsubscribed"
    assert "a message was not queued" in caplog.text
    assert ANN not in caplog.text
