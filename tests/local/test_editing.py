"""A campaign is scheduled, edited, moved, sent from a draft, copied and archived, through the gateway."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.test_drafts import call

GROUP = "edited"


@pytest.fixture(scope="module")
def campaigner(stack: LocalStack) -> Campaigner:
    campaigner = Campaigner(stack)
    campaigner.add_people(GROUP, 2)
    return campaigner


def test_a_scheduled_campaign_is_edited_moved_and_sent_as_it_was_edited(stack: LocalStack, campaigner: Any) -> None:
    audience = {"attributes": {"crowd": GROUP}}
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    letter = {"subject": "Fiast edition", "body": "Hello"}
    draft = call(stack, "POST", "/drafts", {"title": "Edited", "letter": letter, "audience": audience}).json()
    sent = {"draft": draft["id"], "schedule_at": tomorrow.isoformat()}
    created = call(stack, "POST", "/campaigns", sent, **{"if-match": f'"{draft["version"]}"'})
    assert created.status_code == 201, created.text
    assert call(stack, "GET", f"/drafts/{draft['id']}").status_code == 404
    path = f"/campaigns/{created.json()['id']}"

    later = tomorrow + timedelta(days=1)
    right = {"subject": "First edition", "body": "Hello {{name}}"}
    edited = call(stack, "PATCH", path, {"letter": right, "schedule_at": later.isoformat()})
    assert edited.status_code == 200, edited.text
    scheduler = stack.cloud.client("scheduler")
    (group,) = {each["GroupName"] for each in scheduler.list_schedules()["Schedules"] if each["Name"] in path}
    schedule = scheduler.get_schedule(Name=created.json()["id"], GroupName=group)
    assert schedule["ScheduleExpression"] == f"at({later:%Y-%m-%dT%H:%M:%S})"

    now = datetime.now(UTC) + timedelta(seconds=1)
    assert call(stack, "PATCH", path, {"schedule_at": now.isoformat()}).status_code == 200
    shown = campaigner.wait(created.json()["id"])
    assert (shown["status"], shown["counts"]["sent"], shown["letter"]) == ("sent", 2, right)
    assert {mail["subject"] for mail in campaigner.mails(GROUP)} == {"First edition"}
    assert call(stack, "PATCH", path, {"letter": right}).status_code == 409

    copied = call(stack, "POST", f"{path}/duplicate")
    assert (copied.status_code, copied.json()["letter"]) == (201, right)
    assert call(stack, "PATCH", path, {"archived": True}).json()["archived"]
    for archived, count in (("false", 0), ("true", 1)):
        query = f"/campaigns?search=first%20edition&status=sent&archived={archived}"
        assert len(call(stack, "GET", query).json()["campaigns"]) == count
