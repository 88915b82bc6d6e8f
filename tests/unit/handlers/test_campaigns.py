"""The handlers of the campaign engine: what they read, what they answer, and what they hand back."""

import csv
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from email_list.campaigns import handover
from email_list.campaigns.campaign import Status
from email_list.clock import iso
from email_list.events.mail_events import Event, Kind, Place
from email_list.events.meanings import Meaning
from email_list.events.recording import Recorder
from handlers import plan_campaign, send_batch, send_newsletter, sweep_campaigns
from handlers.wiring import desk, engine, planning, sending, sweeping
from tests.unit.domain.campaign_world import World, people
from tests.unit.handlers.conftest import Answer, Context, Stack

ENOUGH = 300_000


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The engine in memory, behind the handlers."""
    world = World(people(25))
    for module, *names in (
        (desk, "desk", "editor"),
        (engine, "queue", "starter", "handover"),
        (planning, "planner"),
        (sending, "sender"),
        (sweeping, "sweeper"),
    ):
        for name in names:
            monkeypatch.setattr(module, name, lambda name=name: getattr(world, name))
    return world


def http(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, query: str = "") -> Answer:
    url = f"{path}?{query}" if query else path
    stack = Stack({})
    return stack.http("campaigns", method, url, json_body=body, headers=headers)


def test_a_campaign_is_created_listed_and_shown(stack: Stack, world: World) -> None:
    created = http("POST", "/campaigns", {"subject": "News", "body": "Hello."})
    assert created.status == 201
    assert created.json["status"] == "planning"
    world.run(created.json["id"])
    listed = http("GET", "/campaigns").json
    assert [campaign["id"] for campaign in listed["campaigns"]] == [created.json["id"]]
    shown = http("GET", f"/campaigns/{created.json['id']}").json
    assert shown["status"] == "sent"
    assert shown["counts"] == {"planned": 25, "sent": 25, "failed": 0, "skipped": 0, "unknown": 0, "pending": 0}
    assert "rate_per_second" in shown


def test_the_key_of_a_request_is_in_its_header(stack: Stack, world: World) -> None:
    request, headers = {"subject": "News", "body": "Hello."}, {"idempotency-key": "k"}
    first, second = (http("POST", "/campaigns", request, headers) for _ in range(2))
    assert first.json["id"] == second.json["id"]


def test_an_answer_about_a_new_campaign_carries_warnings(stack: Stack, world: World) -> None:
    request = {"subject": "News", "body": "[down](#gone)"}
    warning = {"code": "nowhere", "message": "#gone is not there.", "part": "body", "line": 1}
    assert http("POST", "/campaigns", request).json["warnings"] == [warning]
    assert http("POST", "/campaigns", {"subject": "News", "body": "Hello."}).json["warnings"] == []


def test_recipients_are_read_by_group_and_page(stack: Stack, world: World) -> None:
    campaign = world.create()
    world.run(campaign)
    page = http("GET", f"/campaigns/{campaign}/recipients", query="group=sent&limit=10").json
    assert len(page["recipients"]) == 10
    rest = http("GET", f"/campaigns/{campaign}/recipients", query=f"group=sent&limit=100&cursor={page['cursor']}").json
    assert len(rest["recipients"]) == 15
    assert rest["cursor"] is None


def test_what_came_back_is_summed_up_and_told_of_each_recipient(stack: Stack, world: World) -> None:
    campaign = world.create()
    world.run(campaign)
    moment = world.clock().isoformat()
    bounce = Event(
        Kind.BOUNCE, "m", moment, moment, (), Place(campaign, 1, 3), "Permanent General", Meaning.HARD_BOUNCE
    )
    Recorder(world.feedback).record(
        [bounce, replace(bounce, kind=Kind.DELIVERY, meaning=None, place=Place(campaign, 1, 4))]
    )
    shown = http("GET", f"/campaigns/{campaign}").json["results"]
    assert {name: number for name, number in shown.items() if number} == {"bounced": 1, "delivered": 1}
    page = http("GET", f"/campaigns/{campaign}/recipients", query="group=bounced").json
    email = "person00003@example.com"
    assert page["recipients"] == [
        {"email": email, "outcome": "sent", "feedback": ["bounced"], "reason": "Permanent General"}
    ]
    assert http("GET", f"/campaigns/{campaign}/recipients", query="group=opened").json["recipients"] == []
    assert http("GET", f"/campaigns/{campaign}/recipients", query="group=delighted").status == 422


@pytest.fixture
def read(world: World) -> str:
    """A campaign that two people opened: one at once, one on the third day, who clicked as well; its id."""
    campaign = world.create(subject="=1+1")
    world.run(campaign)
    for position, kind, hours in ((1, Kind.OPEN, 0), (2, Kind.OPEN, 50), (2, Kind.CLICK, 51)):
        sent, later = world.clock(), world.clock() + timedelta(hours=hours)
        Recorder(world.feedback).record([Event(kind, "m", iso(sent), iso(later), (), Place(campaign, 1, position))])
    return campaign


def test_readers_are_told_by_the_time_since_sending(stack: Stack, read: str) -> None:
    told = http("GET", f"/campaigns/{read}").json["engagement"]
    assert told["hours"] == [{"hour": 1, "opened": 1, "clicked": 0}]
    assert [(day["day"], day["opened"], day["clicked"]) for day in told["days"]] == [(1, 1, 0), (2, 0, 0), (3, 1, 1)]


def test_a_campaign_comes_as_csv_for_anyone_who_prefers_it(stack: Stack, read: str) -> None:
    path, accept = f"/campaigns/{read}", {"accept": "text/csv"}
    for answer in (http("GET", path, headers=accept), http("GET", path, query="format=csv")):
        assert answer.headers["content-type"].startswith("text/csv")
        (row,) = csv.DictReader(answer.body.splitlines())
        assert (row["id"], row["subject"]) == (read, "'=1+1")
        assert (row["planned"], row["sent"], row["opened"], row["clicked"]) == ("25", "25", "2", "1")
    days = http("GET", path, query="format=csv&table=days")
    assert days.body.splitlines() == ["day,opened,clicked", "1,1,0", "2,0,0", "3,1,1"]
    assert http("GET", path, headers=accept, query="format=json").json["id"] == read
    assert http("GET", path, query="format=csv&table=hours").body.splitlines() == ["hour,opened,clicked", "1,1,0"]


@pytest.mark.parametrize("query", ["format=xml", "table=people"])
def test_a_campaign_does_not_come_in_a_form_that_there_is_not(stack: Stack, read: str, query: str) -> None:
    assert http("GET", f"/campaigns/{read}", query=query).status == 422


def test_a_campaign_is_paused_resumed_and_cancelled(stack: Stack, world: World) -> None:
    campaign = world.create()
    for action, status in (("pause", "paused"), ("resume", "planning"), ("cancel", "cancelled")):
        answer = http("POST", f"/campaigns/{campaign}/{action}")
        assert (answer.status, answer.json["status"]) == (200, status)
    refused = http("POST", f"/campaigns/{campaign}/resume")
    assert (refused.status, refused.json["error"]["code"]) == (409, "illegal_move")


def test_a_campaign_shows_the_letter_that_was_written(stack: Stack, world: World) -> None:
    letter = {"subject": "News", "body": "Hello.", "preheader": "Soon", "defaults": {"name": "friend"}}
    created = http("POST", "/campaigns", {**letter, "audience": {"topics": ["News"]}}).json
    shown = http("GET", f"/campaigns/{created['id']}").json
    assert created["letter"] == shown["letter"] == letter
    assert shown["audience"] == {"topics": ["News"], "attributes": {}}


def test_a_campaign_is_changed_copied_and_archived(stack: Stack, world: World) -> None:
    letter = {"subject": "Newer", "body": "[down](#gone)"}
    path = f"/campaigns/{world.create(hold=True)}"
    changed = http("PATCH", path, {"letter": letter, "audience": {"topics": ["News"]}})
    assert (changed.status, changed.json["subject"], changed.json["letter"]) == (200, "Newer", letter)
    assert [warning["code"] for warning in changed.json["warnings"]] == ["nowhere"]
    copied = http("POST", f"{path}/duplicate")
    assert (copied.status, copied.headers["etag"], copied.json["letter"]) == (201, '"1"', letter)
    refused = http("PATCH", path, {"archived": True})
    assert (refused.status, refused.json["error"]["code"]) == (409, "illegal_move")
    http("POST", f"{path}/cancel")
    assert http("PATCH", path, {"archived": True}).json["archived"]
    assert http("GET", "/campaigns").json["campaigns"] == []
    (listed,) = http("GET", "/campaigns", query="archived=true&status=cancelled&search=new").json["campaigns"]
    assert listed["subject"] == "Newer"
    assert http("PATCH", path, {"subject": "x"}).status == 422
    assert http("PATCH", f"/campaigns/{'0' * 26}", {}).status == 404


def test_a_draft_is_sent_as_its_sender_saw_it(stack: Stack, world: World) -> None:
    name = world.editor.duplicate(world.desk.get(world.create(hold=True))).id
    stale = http("POST", "/campaigns", {"draft": name}, {"if-match": '"7"'})
    assert (stale.status, stale.json["error"]["details"]["draft"]["id"]) == (412, name)
    sent = http("POST", "/campaigns", {"draft": name, "hold": True}, {"if-match": '"1"'})
    assert (sent.status, sent.json["subject"], world.drafts.get(name)) == (201, "News", None)


@pytest.mark.parametrize("query", ["status=gone", "archived=yes", f"search={'x' * 201}"])
def test_a_listing_that_there_is_not_is_refused(stack: Stack, world: World, query: str) -> None:
    assert http("GET", "/campaigns", query=query).status == 422


@pytest.mark.parametrize("limit", ["0", "51", "x", "-1"])
def test_a_limit_out_of_bounds_is_refused(stack: Stack, world: World, limit: str) -> None:
    assert http("GET", "/campaigns", query=f"limit={limit}").status == 422


def test_a_campaign_that_is_not_there_is_404(stack: Stack, world: World) -> None:
    assert http("GET", f"/campaigns/{'0' * 26}").status == 404
    assert http("POST", "/campaigns/nothing/pause").status == 404


# Direct invocation


@pytest.fixture
def quick(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Anyone who waits lets the engine work meanwhile."""
    moments = iter(range(100_000))
    monkeypatch.setattr(send_newsletter.time, "monotonic", lambda: float(next(moments)))
    return world


def run_while_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(seconds: float) -> None:
        for campaign in world.store.campaigns:
            world.run(campaign)

    monkeypatch.setattr(send_newsletter.time, "sleep", work)


def invoke(event: Any, context: Context | None = None) -> tuple[int, dict[str, Any]]:
    answer = send_newsletter.handler(event, context or Context())
    return answer["statusCode"], json.loads(answer["body"])


def test_a_newsletter_to_a_small_list_is_waited_for_and_counted(quick: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_while_waiting(quick, monkeypatch)
    status, report = invoke({"subject": "News", "body": "Hello."})
    assert status == 200
    assert (report["sent_count"], report["failed_count"], report["total_subscribers"]) == (25, 0, 25)
    assert quick.status(report["campaign_id"]) is Status.SENT
    assert report["warnings"] == []


def test_a_newsletter_that_takes_long_goes_on_without_its_caller(quick: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_newsletter.time, "sleep", lambda seconds: None)
    status, report = invoke({"subject": "News", "body": "Hello."})
    assert (status, report["status"]) == (202, "planning")
    quick.run(report["campaign_id"])
    quick.assert_exactly_one_mail_each(report["campaign_id"])


def test_an_invocation_with_a_key_may_be_repeated(quick: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_while_waiting(quick, monkeypatch)
    request = {"subject": "News", "body": "Hello.", "idempotency_key": "k"}
    assert invoke(request)[1]["campaign_id"] == invoke(request)[1]["campaign_id"]
    assert set(quick.mails().values()) == {1}


def test_an_invocation_without_content_is_refused(quick: World) -> None:
    status, report = invoke({"subject": "News"})
    assert (status, report["error"]["code"]) == (422, "invalid")


# Workers


def record(campaign: str, number: int, message: str = "m") -> dict[str, str]:
    return {"messageId": message, "body": json.dumps({"campaign": campaign, "batch": number})}


def test_batches_of_one_message_each_are_sent_side_by_side(world: World) -> None:
    campaign = world.create()
    world.plan()
    records = [record(campaign, number, f"m{number}") for number in (1, 2, 3)]
    assert send_batch.handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert set(world.mails().values()) == {1}
    assert len(world.mails()) == 25


def test_a_message_that_fails_comes_back_and_the_others_do_not(world: World) -> None:
    campaign = world.create()
    world.plan()
    records = [record(campaign, 1, "good"), {"messageId": "bad", "body": "no JSON"}]
    answer = send_batch.handler({"Records": records}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert len(world.mails()) == 10


def test_a_batch_that_is_to_be_looked_at_again_goes_back_as_a_new_message(world: World) -> None:
    campaign = world.create()
    world.plan()
    world.queue.messages.clear()
    world.ses.lost_before = 1
    send_batch.handler({"Records": [record(campaign, 1)]}, Context())
    ((due, *message),) = world.queue.messages
    assert message == [campaign, 1]
    assert due == pytest.approx(world.clock().timestamp() + 60)


def test_a_worker_whose_time_is_nearly_up_waits_for_no_turn(world: World) -> None:
    campaign = world.create()
    world.plan()
    world.queue.messages.clear()
    world.pace.reserve(250)
    send_batch.handler({"Records": [record(campaign, 1)]}, Context(remaining=1_000))
    assert not world.ses.calls
    assert world.queue.messages


def test_the_planner_goes_on_in_a_fresh_invocation_when_its_time_is_up(world: World) -> None:
    campaign = world.create()
    world.starter.invocations.clear()
    plan_campaign.handler({"campaign": campaign}, Context(remaining=1_000))
    assert list(world.starter.invocations) == [(campaign, None)]


def test_the_planner_hands_over_again_in_turns_when_its_time_is_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "ROWS_AT_ONCE", 2)
    campaign = world.create()
    world.plan()
    world.queue.messages.clear()
    plan_campaign.handler({"campaign": campaign, "again_from": 1}, Context(remaining=1_000))
    assert [number for _, _, number in world.queue.messages] == [1, 2]
    assert list(world.starter.invocations) == [(campaign, 3)]
    plan_campaign.handler({"campaign": campaign, "again_from": 3}, Context(remaining=1_000))
    assert [number for _, _, number in world.queue.messages] == [1, 2, 3]
    assert len(world.starter.invocations) == 1


def test_the_sweeper_finds_a_campaign_that_nobody_plans(world: World) -> None:
    campaign = world.create()
    world.starter.invocations.clear()
    world.clock.forward(3600)
    sweep_campaigns.handler({}, Context())
    assert world.starter.invocations[0][0] == campaign
