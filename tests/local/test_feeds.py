"""A feed through the gateway, with IAM enforced: read, previewed, emailed once, and refused where it must not lead."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.test_drafts import call
from tests.unit.domain.feed_server import Server, serving

CADENCE = {"every": "week", "on": "monday", "at": "09:00", "time_zone": "Europe/Berlin"}


@pytest.fixture
def blog() -> Iterator[str]:
    """The address of a feed with one entry."""
    Server.entries = ["First"]
    with serving() as address:
        yield f"{address}/blog"


def test_new_entries_of_a_feed_are_emailed_once_however_often_its_start_is_repeated(
    stack: LocalStack, blog: str
) -> None:
    campaigner = Campaigner(stack)
    emails = campaigner.add_people("feeding", 3)
    wanted = {"name": "Feeding", "filter": {"attribute": "crowd", "is": "feeding"}}
    segment = call(stack, "POST", "/segments", wanted).json()["id"]
    wish = {"url": blog, "cadence": CADENCE, "mode": "send", "segment": segment}
    shown = call(stack, "POST", "/feeds/preview", wish).json()
    assert [entry["title"] for entry in shown["entries"]] == ["First"]
    made = call(stack, "POST", "/feeds", wish)
    assert made.status_code == 201, made.text
    feed = made.json()["id"]
    start = {"feed": feed, "period": "2026-11-30T08:00:00Z"}
    campaigner.invoke("send_feed", start)
    assert item(stack, feed)["state"] == "seen"
    Server.entries = ["Second", "First"]
    for _ in range(3):
        campaigner.invoke("send_feed", {**start, "period": "2026-12-07T08:00:00Z"})
    campaign = item(stack, feed)["issue"]
    campaigner.wait(campaign)
    campaigner.assert_exactly_one_mail_each("feeding", emails, campaign)
    (mail, *_) = campaigner.mails("feeding")
    assert "Second" in mail["text"]
    assert "First" not in mail["text"]
    changed = call(stack, "PUT", f"/feeds/{feed}", {**wish, "cadence": {"every": "day", "at": "07:30"}})
    assert (changed.status_code, changed.json()["cadence"]["at"]) == (200, "07:30"), changed.text
    schedules = stack.cloud.client("scheduler")
    for action, state in (("pause", "DISABLED"), ("resume", "ENABLED")):
        switched = call(stack, "POST", f"/feeds/{feed}/{action}")
        assert switched.status_code == 200, switched.text
        (schedule,) = schedules.list_schedules(NamePrefix=f"feed-{feed}")["Schedules"]
        assert schedule["State"] == state
    assert call(stack, "DELETE", f"/feeds/{feed}").status_code == 204


def test_a_feed_that_is_none_is_refused_with_the_reason(stack: LocalStack, blog: str) -> None:
    api = stack.outputs["api_endpoint"]
    for url, reason in (
        (f"{api}/subscribe", "This is a web page, not a feed"),
        (blog.replace("blog", "gone"), "nothing at this address any more"),
        ("ftp://example.org/feed", "beginning with https://"),
    ):
        refused = call(stack, "POST", "/feeds", {"url": url, "cadence": CADENCE})
        assert (refused.status_code, reason in refused.json()["error"]["message"]) == (422, True), refused.text
    zone = call(stack, "POST", "/feeds", {"url": blog, "cadence": {**CADENCE, "on": "someday"}})
    assert zone.json()["error"]["details"]["field"] == "cadence.on"


def item(stack: LocalStack, feed: str) -> Any:
    """The latest entry, as the feed's page shows it."""
    return call(stack, "GET", f"/feeds/{feed}").json()["items"][0]
