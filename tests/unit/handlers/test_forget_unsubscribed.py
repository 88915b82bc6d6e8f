"""Forgetting people who left long ago, where the list is configured to."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from email_list.clock import iso

from .conftest import Context, Stack

DAYS = 30


def ago(days: float) -> str:
    return iso(datetime.now(UTC) - timedelta(days=days))


@pytest.fixture(autouse=True)
def after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORGET_UNSUBSCRIBED_AFTER_DAYS", str(DAYS))


def left(stack: Stack, email: str, days: float, status: str = "unsubscribed") -> None:
    stack.put(email, status, subscribed_date=ago(400), unsubscribed_date=ago(days))


def test_who_left_long_ago_is_erased_and_everyone_else_stays(stack: Stack) -> None:
    left(stack, "long-ago@example.com", DAYS + 1)
    left(stack, "lately@example.com", DAYS - 1)
    left(stack, "bounced@example.com", DAYS + 1, "bounced")
    left(stack, "complained@example.com", DAYS + 1, "complained")
    stack.put("active@example.com", "active", subscribed_date=ago(400))
    # An import knows that they left, and not when.
    stack.put("imported@example.com", "unsubscribed", subscribed_date=ago(DAYS + 1))
    stack.run("forget_unsubscribed", {})
    left_over = {item["email"].partition("#")[0] for item in stack.subscribers.scan()["Items"]}
    assert left_over == {
        "erased",
        "lately@example.com",
        "bounced@example.com",
        "complained@example.com",
        "active@example.com",
    }
    searched = {json.loads(message["body"])["email"] for message in stack.messages("ERASURES_QUEUE")}
    assert searched == {"long-ago@example.com", "imported@example.com"}
    # As after any erasure, nobody but they themselves brings them back.
    answer = stack.http("subscribers", "POST", "/subscribers", json_body={"email": "long-ago@example.com"})
    assert (answer.status, answer.json["error"]["code"]) == (409, "erased")


def test_what_there_is_no_time_for_is_left_for_the_next_run(stack: Stack) -> None:
    for number in range(3):
        left(stack, f"p{number}@example.com", DAYS + 1)
    stack.run("forget_unsubscribed", {}, Context(remaining=0))
    assert len(stack.subscribers.scan()["Items"]) == 3
    stack.run("forget_unsubscribed", {})
    assert all(item["email"].startswith("erased#") for item in stack.subscribers.scan()["Items"])
