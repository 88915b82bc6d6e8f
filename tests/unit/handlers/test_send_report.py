"""Mailing the report."""

from typing import Any

import pytest

from email_list.mail.letters import Content
from handlers.wiring import mail

from .conftest import Stack


class Mailbox:
    """The ordinary mailer's stand-in; `broken` addresses cannot be mailed."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Content, str]] = []
        self.broken: set[str] = set()

    def send(self, email: str, letter: Content, purpose: str) -> None:
        if email in self.broken:
            raise ConnectionError
        self.sent.append((email, letter, purpose))


@pytest.fixture
def mailbox(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    mailbox = Mailbox()
    monkeypatch.setattr(mail, "mailer", lambda: mailbox)
    return mailbox


def send(stack: Stack) -> Any:
    return stack.run("send_report", {})


def test_every_administrator_gets_it_once(stack: Stack, mailbox: Mailbox) -> None:
    stack.records.put_item(Item={"pk": "TOTALS", "sk": "active", "amount": 41})
    assert send(stack) == {"sent": 2}
    assert send(stack) == {"sent": 0}
    assert [email for email, _, _ in mailbox.sent] == ["ann@example.com", "bob@example.com"]
    _, letter, purpose = mailbox.sent[0]
    assert purpose == "report"
    assert "41\nsubscribers" in letter.text


def test_anyone_who_could_not_be_reached_gets_it_with_the_next_attempt(stack: Stack, mailbox: Mailbox) -> None:
    mailbox.broken = {"ann@example.com"}
    with pytest.raises(RuntimeError, match="1 of 2 reports"):
        send(stack)
    mailbox.broken = set()
    assert send(stack) == {"sent": 1}
    assert [email for email, _, _ in mailbox.sent] == ["bob@example.com", "ann@example.com"]
