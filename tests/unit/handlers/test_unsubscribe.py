"""Leaving: the link, the button, one click, and the operator's door."""

import re
from datetime import UTC, datetime

import pytest

from email_list.people.links import PREFERENCES_LIFETIME, Links
from email_list.people.tokens import LinkKeys, LinkTokens

from .conftest import LINK_KEYS, PUBLIC_URL, Stack

ANN = "ann@example.com"
NONCE = ""
links = Links(PUBLIC_URL, LinkTokens(LinkKeys("2", LINK_KEYS["keys"])))
old_links = Links(PUBLIC_URL, LinkTokens(LinkKeys("1", LINK_KEYS["keys"])))


def status(stack: Stack) -> str | None:
    person = stack.person(ANN)
    return person["status"] if person else None


def test_opening_the_link_changes_nothing(stack: Stack) -> None:
    stack.put(ANN, "active")
    for _ in range(2):
        answer = stack.http("unsubscribe", "GET", links.unsubscribe(ANN, NONCE))
        assert answer.status == 200
        assert ANN in answer.body
    assert status(stack) == "active"


@pytest.mark.parametrize("way", [links, old_links], ids=["current key", "rotated key"])
def test_one_click_leaves_without_cookie_or_redirect_and_twice_is_the_same(stack: Stack, way: Links) -> None:
    stack.put(ANN, "active")
    for _ in range(2):
        form = {"List-Unsubscribe": "One-Click"}
        answer = stack.http("unsubscribe", "POST", way.unsubscribe(ANN, NONCE), form=form)
        assert answer.status == 200
        assert not {"location", "set-cookie"} & set(answer.headers)
        assert status(stack) == "unsubscribed"


def test_the_button_takes_a_reason_along(stack: Stack) -> None:
    stack.put(ANN, "active")
    token = links.unsubscribe(ANN, NONCE).split("token=")[1]
    form = {"token": token, "reason": "too_often", "comment": "Every\r\nday!"}
    assert stack.http("unsubscribe", "POST", "/unsubscribe", form=form).status == 200
    assert stack.person(ANN)["unsubscribe_reason"] == "too_often: Every day!"


@pytest.mark.parametrize("form", [{"reason": "<script>"}, {"comment": "x" * 100_000}, {"reason": ["a", "b"]}])
def test_no_reason_stands_in_the_way(stack: Stack, form: dict) -> None:
    stack.put(ANN, "active")
    token = links.unsubscribe(ANN, NONCE).split("token=")[1]
    assert stack.http("unsubscribe", "POST", "/unsubscribe", form={"token": token, **form}).status == 200
    assert status(stack) == "unsubscribed"


@pytest.mark.parametrize("before", ["bounced", "complained", "unsubscribed"])
def test_leaving_again_does_not_change_how_someone_left(stack: Stack, before: str) -> None:
    stack.put(ANN, before)
    assert stack.http("unsubscribe", "POST", links.unsubscribe(ANN, NONCE)).status == 200
    assert status(stack) == before


def test_someone_who_is_not_there_is_told_the_same(stack: Stack) -> None:
    assert stack.http("unsubscribe", "POST", links.unsubscribe(ANN, NONCE)).status == 200
    assert status(stack) is None


@pytest.mark.parametrize("link", [links.preferences(ANN, NONCE), links.confirm(ANN, "r"), f"{PUBLIC_URL}/unsubscribe"])
def test_a_link_made_for_something_else_does_not_unsubscribe(stack: Stack, link: str) -> None:
    stack.put(ANN, "active")
    token = link.partition("token=")[2]
    answer = stack.http("unsubscribe", "POST", f"/unsubscribe?token={token}")
    assert answer.status == 400
    assert "<h1" in answer.body
    assert status(stack) == "active"


def test_an_operator_unsubscribes_by_address_or_token(stack: Stack) -> None:
    stack.put(ANN, "active")
    answer = stack.invoke("unsubscribe", {"email": "ANN@example.com"})
    assert (answer.status, answer.json["email"]) == (200, ANN)
    assert status(stack) == "unsubscribed"
    token = links.unsubscribe(ANN, NONCE).split("token=")[1]
    assert stack.invoke("unsubscribe", {"token": token}).status == 200
    assert stack.invoke("unsubscribe", {"email": "nobody@example.com"}).status == 404
    assert stack.invoke("unsubscribe", {}).status == 400


def test_the_page_leads_to_the_preferences_no_longer_than_the_email_does(stack: Stack) -> None:
    stack.put(ANN, "active")
    long_ago = datetime.now(UTC) - PREFERENCES_LIFETIME
    old = Links(PUBLIC_URL, LinkTokens(LinkKeys("2", LINK_KEYS["keys"])), clock=lambda: long_ago)
    assert "/preferences?" not in stack.http("unsubscribe", "GET", old.unsubscribe(ANN, NONCE)).body
    page = stack.http("unsubscribe", "GET", links.unsubscribe(ANN, NONCE)).body
    preferences = re.search(r'href="(\S+/preferences\?\S+)"', page)
    assert preferences
    # However long somebody goes to and fro between the two pages, both end when the email's link does.
    for _ in range(3):
        page = stack.http("preferences", "GET", preferences[1]).body
        leave = re.search(r'href="(\S+/unsubscribe\?\S+)"', page)
        assert leave
        page = stack.http("unsubscribe", "GET", leave[1]).body
        again = re.search(r'href="(\S+/preferences\?\S+)"', page)
        assert again
        assert again[1] == preferences[1]
