"""Readers on the running stack: whom a segment chooses, and who agreed to be tracked.

`make proof` sets FULL_SIZE, which counts 100,000 people with ten conditions, and shows how long that takes.
"""

import os
import time
from typing import Any

import pytest

from local.stack import LocalStack

from .campaigners import Campaigner
from .visitor import Visitor, until

MANY = 100_000 if "FULL_SIZE" in os.environ else 500
CROWD = "segmented"
PEOPLE: dict[str, dict[str, Any]] = {
    "a": {"attributes": {"crowd": CROWD, "city": "Berlin", "age": 17}, "topics": ["News"]},
    "b": {"attributes": {"crowd": CROWD, "city": " BERLIN ", "age": 40}, "topics": ["Events"]},
    "c": {"attributes": {"crowd": CROWD, "city": "Bonn", "age": "41"}, "topics": []},
    "d": {"attributes": {"crowd": CROWD}, "topics": ["News"]},
}
SEGMENTS: list[tuple[dict[str, Any], str]] = [
    ({"attribute": "city", "is": "berlin"}, "ab"),
    ({"attribute": "age", "above": 17}, "bc"),
    ({"not": {"attribute": "city", "is": "Berlin"}}, "cd"),
    ({"any": [{"topic": "events"}, {"attribute": "city", "known": False}]}, "bd"),
    ({"joined": {"within_days": 1}}, "abcd"),
]


@pytest.fixture(scope="module")
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


def send(visitor: Visitor, audience: dict[str, Any], subject: str) -> dict[str, Any]:
    """A campaign, once it is sent."""
    body = "Hello, [read on](https://example.org/more?x=1&y=2).\n"
    created = visitor.admin("POST", "/campaigns", json={"subject": subject, "body": body, "audience": audience})
    assert created.status_code == 201, created.text

    def sent() -> dict[str, Any]:
        campaign = visitor.admin("GET", f"/campaigns/{created.json()['id']}").json()
        return campaign if campaign["status"] == "sent" else {}

    return until(sent, subject)


def address(name: str) -> str:
    return f"{name}@segmented.example"


def test_as_many_emails_are_sent_as_a_segment_counts_and_to_the_same_people(visitor: Visitor) -> None:
    for name, person in PEOPLE.items():
        assert visitor.admin("POST", "/subscribers", json={"email": address(name), **person}).status_code == 201
    for number, (tree, names) in enumerate(SEGMENTS):
        whole = {"all": [{"attribute": "crowd", "is": CROWD}, tree]}
        saved = visitor.admin("POST", "/segments", json={"name": f"Segment {number}", "filter": whole})
        assert saved.status_code == 201, saved.text
        segment = saved.json()["id"]
        found = visitor.admin("POST", "/segments/count", json={"segment": segment}).json()
        assert (found["count"], found["exact"]) == (len(names), True)
        subject = f"Segment letter {number}"
        campaign = send(visitor, {"segment": segment}, subject)
        assert campaign["counts"]["sent"] == len(names)
        assert campaign["audience"]["filter"] == whole
        assert [name for name in PEOPLE if _has(visitor, address(name), subject)] == list(names)
    last = {"received": {"campaign": campaign["id"]}}
    assert visitor.admin("POST", "/segments/count", json={"filter": last}).json()["count"] == len(PEOPLE)


def _has(visitor: Visitor, email: str, subject: str) -> bool:
    return any(mail["subject"] == subject for mail in visitor.mails(email))


def test_a_count_of_many_people_is_exact_or_says_that_it_is_not(stack: LocalStack, visitor: Visitor) -> None:
    campaigner = Campaigner(stack)
    emails = campaigner.add_people("counted", MANY)
    theirs = {"attribute": "crowd", "is": "counted"}
    nobodys = [{"not": {"attribute": "crowd", "contains": f"{number}"}} for number in range(9)]
    for tree in (theirs, {"all": [theirs, *nobodys]}):
        began = time.monotonic()
        found = visitor.admin("POST", "/segments/count", json={"filter": tree}).json()
        seconds, how_many = time.monotonic() - began, len(tree.get("all", [tree]))
        print(f"{MANY} people, {how_many} conditions: {seconds:.1f} s, {found['count']}, exact: {found['exact']}")
        assert 0 < found["count"] <= MANY
        assert (found["count"] == MANY) is found["exact"]
        assert len(found["sample"]) == 3
    campaigner.remove_people(emails)


# Tracking


def test_only_who_agreed_gets_a_pixel_and_rewritten_links_and_a_switch_changes_the_next_email(visitor: Visitor) -> None:
    yes, no = "agrees@tracked.example", "refuses@tracked.example"
    visitor.join(yes, attributes={"crowd": "tracked"}, tracking=True)
    visitor.join(no, attributes={"crowd": "tracked"})
    audience = {"filter": {"attribute": "crowd", "is": "tracked"}}
    campaign = send(visitor, audience, "Asked one")
    assert (campaign["counts"]["sent"], campaign["tracked"]) == (2, 1)
    assert [tracked(letter(visitor, email, "Asked one")) for email in (yes, no)] == [True, False]

    for email, agrees in ((yes, False), (no, True)):
        link = visitor.link(email, "/preferences", 2)
        fields = {"tracking": "on"} if agrees else {}
        assert visitor.press(link, action="save", **fields).status_code == 200
    send(visitor, audience, "Asked two")
    assert [tracked(letter(visitor, email, "Asked two")) for email in (yes, no)] == [False, True]


def letter(visitor: Visitor, email: str, subject: str) -> str:
    (mail,) = [mail for mail in visitor.mails(email) if mail["subject"] == subject]
    return mail["html"]


def tracked(html: str) -> bool:
    """Whether the email has both, a pixel and rewritten links; never one without the other."""
    pixel, rewritten = "/I0/" in html, "/L0/" in html
    untouched = 'href="https://example.org/more?x=1&amp;y=2"' in html
    assert pixel is rewritten is not untouched
    return pixel
