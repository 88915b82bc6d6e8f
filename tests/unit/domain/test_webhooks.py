"""What is announced, in which form, and how it is signed."""

import base64
import hashlib
import hmac
import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from email_list.campaigns.changes import CampaignChange
from email_list.people.changes import PersonChange
from email_list.people.subscribers import Record, Status
from email_list.webhooks.webhooks import Announcement, announcement, headers, keys, pause

AT = "2026-11-24T10:00:00.000Z"
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()


def person(status: str, *history: str, name: str = "Ada") -> Record:
    happened = [{"at": AT, "what": what} for what in history]
    return Record(
        "ada@example.com", Status(status), AT, name, ["News"], {"secret": "not told"}, "form", history=happened
    )


def of_person(before: Record | None, after: Record | None) -> Announcement | None:
    return announcement(PersonChange("abc", 1, AT, "ada@example.com", before, after))


def of_campaign(before: str | None, status: str) -> Announcement | None:
    finished_at = AT if status in ("sent", "cancelled", "failed") else None
    return announcement(CampaignChange("abc", AT, "C1", before, status, "News", 7, finished_at))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (person("pending"), person("active", "confirmed"), "subscriber.confirmed"),
        (person("unsubscribed"), person("active", "subscribed", "unsubscribed", "confirmed"), "subscriber.confirmed"),
        (None, person("active", "subscribed"), "subscriber.subscribed"),
        (person("bounced"), person("active", "reactivated"), "subscriber.subscribed"),
        (person("active"), person("unsubscribed"), "subscriber.unsubscribed"),
        (person("active"), person("bounced"), "subscriber.bounced"),
        (person("bounced", "subscribed"), person("complained"), "subscriber.complained"),
    ],
)
def test_what_happens_to_people_is_announced(before: Any, after: Any, kind: str) -> None:
    found = of_person(before, after)
    assert found is not None
    assert (found.id, found.type, found.timestamp) == ("evt_abc", kind, AT)
    assert found.data == {
        "email": "ada@example.com",
        "status": after.status.value,
        "name": "Ada",
        "topics": ["News"],
        "source": "form",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (person("active"), person("active", name="Other")),
        (None, person("active", "imported")),
        (None, person("unsubscribed", "unsubscribed")),
    ],
)
def test_edits_and_imports_are_not_announced(before: Any, after: Any) -> None:
    assert of_person(before, after) is None


@pytest.mark.parametrize("before", [person("active"), person("unsubscribed", "confirmed", "unsubscribed")])
def test_a_receiver_is_told_whom_to_forget_and_nothing_else(before: Record) -> None:
    found = of_person(before, None)
    assert found is not None
    assert found.type == "subscriber.erased"
    assert found.data == {"id": before.id, "email": "ada@example.com"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, person("pending")),
        (person("pending"), person("unsubscribed", "unsubscribed")),
        (person("pending"), person("bounced", "bounced")),
        (person("bounced", "bounced"), person("complained", "bounced", "complained")),
        (person("pending"), None),
        (person("bounced", "bounced"), None),
    ],
)
def test_nothing_is_told_of_people_who_never_confirmed(before: Any, after: Any) -> None:
    assert of_person(before, after) is None


@pytest.mark.parametrize("status", ["sent", "cancelled", "failed"])
def test_a_campaign_that_is_over_is_announced(status: str) -> None:
    found = of_campaign("sending", status)
    assert found is not None
    assert found.type == "campaign.finished"
    assert found.data == {"id": "C1", "status": status, "subject": "News", "planned": 7, "finished_at": AT}


@pytest.mark.parametrize(("before", "status"), [("planning", "sending"), ("sent", "sent"), (None, "scheduled")])
def test_other_changes_of_a_campaign_are_not_announced(before: str | None, status: str) -> None:
    assert of_campaign(before, status) is None


def test_a_body_is_json_without_spaces_and_with_its_id() -> None:
    body = Announcement("evt_1", "campaign.finished", AT, {"id": "Ü"}).to_json()
    assert body.isascii()
    assert ": " not in body
    assert json.loads(body) == {"id": "evt_1", "type": "campaign.finished", "timestamp": AT, "data": {"id": "Ü"}}


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    sent = headers(keys(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert sent["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert sent["webhook-timestamp"] == "1614265330"


def test_the_check_by_hand_in_the_docs_tells_a_genuine_request_from_a_forged_one() -> None:
    page = (Path(__file__).parents[3] / "docs/events.md").read_text(encoding="utf-8")
    code = textwrap.dedent(page.partition("By hand:\n\n")[2].partition("\n\n")[0])
    for body, genuine in ((b'{"id": 1}', True), (b'{"id": 2}', False)):
        given = {"secret": OLD, "headers": headers(keys(f"{NEW} {OLD}"), "evt_1", 1, '{"id": 1}'), "body": body}
        names = {"base64": base64, "hashlib": hashlib, "hmac": hmac, **given}
        exec(code, names)
        assert names["genuine"] is genuine


def test_while_a_secret_is_changed_either_verifies() -> None:
    signatures = headers(keys(f"{NEW} {OLD}"), "evt_1", 1, "{}")["webhook-signature"].split(" ")
    for key, signature in zip((b"n" * 32, b"o" * 24), signatures, strict=True):
        digest = hmac.new(key, b"evt_1.1.{}", hashlib.sha256).digest()
        assert signature == "v1," + base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("secrets", "problem"),
    [
        ("", "holds 0 secrets"),
        ("s3cret", "does not begin with whsec_"),
        ("whsec_s3cret!", "is not Base64"),
        ("whsec_c2hvcnQ=", "holds 5 bytes"),
        (f"{OLD} {NEW} {OLD}", "holds 3 secrets"),
    ],
)
def test_a_wrong_secret_is_refused_and_not_quoted(secrets: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        keys(secrets)
    assert "s3cret" not in str(refused.value)


def test_pauses_grow_up_to_hours() -> None:
    assert [pause(attempt) for attempt in range(1, 9)] == [30, 120, 480, 1920, 7680, 21600, 21600, 21600]
