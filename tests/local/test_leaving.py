"""Leaving: scanners that open every link, mail clients that leave with one click, and everything at once."""

import html
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from local.stack import LocalStack

from .visitor import Visitor, until

READERS = {"crowd": "leaving"}
"""The attributes of those whom the newsletters of this module go to."""


@pytest.fixture(scope="module")
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


def join(visitor: Visitor, email: str) -> None:
    """Become one of the readers of this module's newsletters."""
    visitor.join(email, attributes=READERS)


def send_newsletter(visitor: Visitor, subject: str) -> None:
    """Direct invocation, as an operator does it."""
    newsletter = {"subject": subject, "message": "Read [more](https://www.example.org/more)."}
    answer = visitor.stack.cloud.client("lambda").invoke(
        FunctionName=visitor.stack.outputs["send_newsletter_function"],
        Payload=json.dumps({**newsletter, "audience": {"attributes": READERS}}),
    )
    assert json.load(answer["Payload"])["statusCode"] == 200


def links_in(text: str) -> set[str]:
    return {html.unescape(link) for link in re.findall(r"""https?://[^\s"'<>]+""", text)}


class Scanner:
    """A mail scanner that opens every link it finds, and every link of the list on the pages behind them."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._api = visitor.stack.outputs["api_endpoint"]
        self.opened: dict[str, int] = {}

    def scan(self, mail: dict[str, Any]) -> None:
        """Open every link of an email, its headers' too."""
        for link in links_in(f"{mail['html']} {mail['text']} {' '.join(map(str, mail['headers'].values()))}"):
            self._open(link)

    def _open(self, link: str) -> None:
        if link in self.opened or not link.startswith(self._api):
            return
        answer = self._visitor.get(link)
        self.opened[link] = answer.status_code
        for attribute in re.findall(r'(?:href|src)="([^"]+)"', answer.text):
            self._open(urljoin(link, html.unescape(attribute)))


def test_a_scanner_that_follows_every_link_twice_changes_nothing(visitor: Visitor) -> None:
    active, pending = "scanned@example.com", "waiting@example.com"
    join(visitor, active)
    visitor.sign_up(pending)
    visitor.mail(pending)
    send_newsletter(visitor, "For scanners")
    until(lambda: any(mail["subject"] == "For scanners" for mail in visitor.mails(active)), "the newsletter")
    mails = [*visitor.mails(active), *visitor.mails(pending)]
    before = [visitor.person(email) for email in (active, pending)]

    for _ in range(2):
        scanner = Scanner(visitor)
        for mail in mails:
            scanner.scan(mail)
        pages = {urlsplit(link).path.rpartition("/")[2] for link in scanner.opened}
        assert pages >= {"confirm", "unsubscribe", "preferences"}
        assert set(scanner.opened.values()) <= {200, 410}

    assert [visitor.person(email) for email in (active, pending)] == before
    assert [*visitor.mails(active), *visitor.mails(pending)] == mails


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
    ],
    ids=["form", "multipart"],
)
def test_a_mail_client_leaves_with_one_click_and_twice_is_the_same(
    visitor: Visitor, body: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    email, subject = f"one-click-{request.node.callspec.id}@example.com", f"One click by {request.node.callspec.id}"
    join(visitor, email)
    send_newsletter(visitor, subject)
    (mail,) = until(lambda: [mail for mail in visitor.mails(email) if mail["subject"] == subject], "the newsletter")
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["headers"]["List-Unsubscribe"].strip("<>")
    for _ in range(2):
        answer = requests.post(link, **body, allow_redirects=False, timeout=30)
        assert answer.status_code == 200
        assert not {"location", "set-cookie"} & {name.lower() for name in answer.headers}
        assert (visitor.person(email) or {})["status"] == "unsubscribed"
    events = [event["what"] for event in (visitor.person(email) or {})["history"]]
    assert events.count("unsubscribed") == 1


def test_anyone_who_left_comes_back_only_by_a_new_confirmation(visitor: Visitor) -> None:
    email = "back@example.com"
    visitor.join(email)
    first = visitor.link(email, "/confirm")
    answer = visitor.stack.cloud.client("lambda").invoke(
        FunctionName=visitor.stack.outputs["unsubscribe_function"], Payload=json.dumps({"email": email})
    )
    assert json.load(answer["Payload"])["statusCode"] == 200
    assert visitor.press(first).status_code == 410
    visitor.sign_up(email)
    second = visitor.link(email, "/confirm", 2)
    assert (visitor.person(email) or {})["status"] == "unsubscribed"
    assert visitor.press(second).status_code == 200
    assert (visitor.person(email) or {})["status"] == "active"


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(10) as threads:
        yield threads


def test_a_button_pressed_ten_times_at_once_confirms_once(visitor: Visitor, crowd: ThreadPoolExecutor) -> None:
    email = "impatient@example.com"
    visitor.sign_up(email)
    link = visitor.link(email, "/confirm")
    answers = list(crowd.map(lambda _: requests.post(link, timeout=30).status_code, range(10)))
    assert answers == [200] * 10
    events = [event["what"] for event in (visitor.person(email) or {})["history"]]
    assert events == ["confirmed"]


def test_confirming_and_leaving_at_once_end_in_what_came_last(visitor: Visitor, crowd: ThreadPoolExecutor) -> None:
    function = visitor.stack.outputs["unsubscribe_function"]
    invoke = visitor.stack.cloud.client("lambda").invoke
    for number in range(5):
        email = f"torn{number}@example.com"
        visitor.sign_up(email)
        link = visitor.link(email, "/confirm")

        acts = []
        for _ in range(3):
            acts.append(crowd.submit(requests.post, link, timeout=30))
            acts.append(crowd.submit(invoke, FunctionName=function, Payload=json.dumps({"email": email})))
        for act in acts:
            act.result()
        person = visitor.person(email) or {}
        last = person["history"][-1]["what"]
        assert person["status"] == {"confirmed": "active", "unsubscribed": "unsubscribed"}[last]
        assert [event["what"] for event in person["history"]].count("confirmed") <= 1
