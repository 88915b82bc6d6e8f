"""A newsletter is forwarded. Everything its new holder can do with it is in this list, and nothing else."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from email_list.people.data_links import LINKS_PER_INBOX_AND_DAY
from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.conftest import TOPICS
from tests.local.visitor import Visitor, until

ANN = "ann@forwards.example"
SECRETS = ("Berlin", "python-requests", "history", 'consent"', "fair")
"""What is stored about Ann besides her address, her name and her topics."""

ALLOWED = {
    ("/unsubscribe", ""): "leave",
    ("/preferences", "save"): "choose topics",
    ("/preferences", "download"): "have the link to the data sent to Ann's inbox",
    ("/preferences", "erase"): "have the link to the data sent to Ann's inbox",
}
"""Every button that the holder reaches, by the page it belongs to, and what it does."""


class Page(HTMLParser):
    """The links and buttons of a page."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url, self.links, self.buttons = url, set[str](), list[tuple[str, str, dict[str, str]]]()
        self._form: tuple[str, str] = ("", "")
        self._fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.add(urljoin(self.url, given["href"]))
        elif tag == "form":
            self._form, self._fields = (given["method"], urljoin(self.url, given["action"])), {}
        elif tag == "input" and given.get("type") == "hidden":
            self._fields[given["name"]] = given["value"]
        elif tag == "button":
            method, action = self._form
            assert method == "post"
            self.buttons.append((action, given.get("value", ""), dict(self._fields)))


@pytest.fixture(scope="module")
def forwarded(stack: LocalStack) -> dict[str, Any]:
    """The newsletter that Ann got."""
    visitor, campaigner = Visitor(stack), Campaigner(stack)
    visitor.join(ANN, name="Ann", topics=["News"], attributes={"city": "Berlin", "crowd": "forwards"}, source="fair")
    letter = {"subject": "Read this", "body": "Hello. [Preferences]({{preferences_url}})"}
    campaigner.wait(campaigner.create("forwards", **letter))
    return until(lambda: [mail for mail in visitor.mails(ANN) if mail["subject"] == "Read this"], "the newsletter")[0]


def test_all_that_the_holder_of_a_forwarded_newsletter_can_do(stack: LocalStack, forwarded: dict[str, Any]) -> None:
    visitor, api = Visitor(stack), stack.outputs["api_endpoint"]
    waiting = set(
        re.findall(rf"{re.escape(api)}/[\w/]+\?token=[\w.-]+", forwarded["text"] + unescape(forwarded["html"]))
    )
    assert waiting
    seen: set[str] = set()
    buttons: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
    before, mails = visitor.person(ANN), len(visitor.mails(ANN))
    while waiting:
        link = waiting.pop()
        seen.add(link)
        answer = requests.get(link, timeout=30)
        assert answer.status_code == 200, link
        if link == f"{api}/subscribe":
            continue  # open to anyone, and asks for an address
        assert not [secret for secret in SECRETS if secret in answer.text], link
        page = Page(link, answer.text)
        waiting |= {other for other in page.links if other.startswith(api)} - seen
        for action, value, fields in page.buttons:
            buttons[urlsplit(action.removeprefix(api)).path, value] = (action, fields)
    # Looking at everything has changed nothing, and sent nothing.
    assert (visitor.person(ANN), len(visitor.mails(ANN))) == (before, mails)
    assert buttons.keys() == ALLOWED.keys()

    stored = dict(before or {})
    changed: dict[tuple[str, str], set[str]] = {}
    for (path, value), (action, fields) in sorted(buttons.items(), reverse=True):
        form = {**fields, "action": value, "name": "Mallory", **{f"topic.{topic}": "on" for topic in TOPICS}}
        answer = requests.post(action, data=form, timeout=30)
        assert answer.status_code == 200
        assert not [secret for secret in SECRETS if secret in answer.text], path
        assert "/preferences/data" not in answer.text
        if value in ("download", "erase"):
            count = len(visitor.mails(ANN))
            until(lambda count=count: len(visitor.mails(ANN)) > count or data_links(visitor), "the link")
        now = visitor.person(ANN) or {}
        changed[path, value] = {name for name in {*now, *stored} if now.get(name) != stored.get(name)}
        stored = now
    assert changed["/preferences", "save"] == {"topics"}
    assert changed["/preferences", "erase"] | changed["/preferences", "download"] <= {"data_link"}
    assert changed["/unsubscribe", ""] - {"data_link"} == {"status", "status_shard", "unsubscribed_date", "history"}
    assert (stored["name"], stored["attributes"]["city"]) == ("Ann", "Berlin")


def test_the_inbox_is_not_flooded_with_links_to_the_data(stack: LocalStack, forwarded: dict[str, Any]) -> None:
    visitor = Visitor(stack)
    link = re.findall(r"http\S+/preferences\?token=[\w.-]+", forwarded["text"])[0]
    statuses = [visitor.press(link, action="erase").status_code for _ in range(LINKS_PER_INBOX_AND_DAY + 3)]
    assert statuses[-3:] == [429, 429, 429]
    assert len(data_links(visitor)) <= LINKS_PER_INBOX_AND_DAY


def data_links(visitor: Visitor) -> list[str]:
    return [link for mail in visitor.mails(ANN) for link in re.findall(r"\S+/preferences/data\?\S+", mail["text"])]
