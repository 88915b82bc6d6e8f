"""Removing an erased person from past campaigns."""

import json
from dataclasses import replace
from typing import Any

import pytest

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.campaign_traces import CampaignTraces
from email_list.aws.feedback_table import FeedbackTable
from email_list.aws.last_look import LastLookTables
from email_list.campaigns import erasing
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import FINAL, Campaign, Plan, Position, Status
from email_list.campaigns.erasing import INDEX_LAGS
from email_list.campaigns.feedback import Mark, Note, Row
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch, Result
from email_list.clock import iso, utc_now

from .conftest import Context, Stack

ANN, BOB = "ann@example.com", "bob@example.com"
JOINED = "2026-01-01T00:00:00.000Z"


def campaign(stack: Stack, campaign_id: str, status: str, *, complete: bool = True) -> None:
    """A campaign that went to Bob and Ann, with Ann's email refused, then bounced, and the plan ending at her."""
    store, now, end = CampaignTable(stack.records), iso(utc_now()), Position(JOINED, ANN)
    plan, finished_at = Plan(1, 1, 2, end, complete=complete), now if Status(status) in FINAL else None
    made = Campaign(campaign_id, Status(status), "News", now, now, Audience(), cutoff=now, plan=plan)
    store.create(replace(made, finished_at=finished_at))
    (row,) = store.add_plan_rows(campaign_id, [PlannedBatch(1, (BOB, ANN), end, last=True)])
    batch = Batch.untouched(row)
    results = {0: Result(Outcome.SENT), 1: Result(Outcome.FAILED, f"MESSAGE_REJECTED: {ANN} is blocked")}
    store.save(campaign_id, batch, batch.with_results(results).released(), now)
    bounced = Row().with_notes([Note(1, Mark.BOUNCED, reason=f"550 {ANN} unknown")])
    FeedbackTable(stack.records).save(campaign_id, [(1, Row(), bounced)])


def everything(stack: Stack) -> str:
    return json.dumps(stack.records.scan()["Items"], default=str)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "FIRST_WAIT", 0)


def erase(stack: Stack, message: dict[str, Any]) -> list[dict[str, Any]]:
    stack.run("erase_history", {"Records": [{"messageId": "m", "body": json.dumps(message)}]})
    return [json.loads(message["body"]) for message in stack.messages("ERASURES_QUEUE")]


@pytest.mark.parametrize("joined", [{}, {"joined": [JOINED]}, {"joined": ["2025-12-24T00:00:00.000Z", JOINED]}])
def test_no_trace_of_the_person_is_left_and_the_others_stay(stack: Stack, joined: dict[str, Any]) -> None:
    campaign(stack, "c1", "sent")
    campaign(stack, "c2", "cancelled")
    for _ in range(2):
        assert erase(stack, {"email": ANN, **joined}) == []
        assert ANN not in everything(stack)
        assert everything(stack).count(BOB) == 2
    rows = CampaignTable(stack.records).plan_rows("c1", 1, 1)
    assert rows == [PlannedBatch(1, (BOB, "erased"), Position(JOINED, "erased"), last=True)]


def test_a_search_that_runs_out_of_time_goes_on_in_another_invocation(stack: Stack) -> None:
    for name in ("c1", "c2", "c3"):
        campaign(stack, name, "sent")
    message, turns = {"email": ANN, "joined": [JOINED]}, 0
    while message:
        turns += 1
        context = Context(remaining=31_000)
        context.get_remaining_time_in_millis = iter([31_000, 0]).__next__
        event = {"Records": [{"messageId": "m", "body": json.dumps(message)}]}
        stack.run("erase_history", event, context)
        found = [json.loads(message["body"]) for message in stack.messages("ERASURES_QUEUE")]
        message = found[0] if found else {}
    assert turns == 3
    assert ANN not in everything(stack)


def test_two_people_erased_from_one_row_at_once_both_stay_erased(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign(stack, "c1", "sent")
    of_bob = CampaignTraces(stack.records)
    read = list(of_bob._items.get_many([{"pk": "CAMPAIGN#c1#1", "sk": "PLAN#0000001"}]))
    monkeypatch.setattr(of_bob._items, "get_many", lambda keys: iter(read))
    CampaignTraces(stack.records).erase("c1", 1, 1, ANN)
    of_bob.erase("c1", 1, 1, BOB)
    CampaignTraces(stack.records).erase_end("c1", ANN)
    assert ANN not in everything(stack)
    assert BOB not in everything(stack)


def test_a_campaign_that_is_being_planned_is_left_alone_until_its_plan_is_complete(stack: Stack) -> None:
    campaign(stack, "c1", "sent")
    campaign(stack, "c2", "planning", complete=False)
    (again,) = erase(stack, {"email": ANN})
    assert again == {"email": ANN, "campaigns": ["c2"], "looks": 1}
    store = CampaignTable(stack.records)
    plan = Plan(2, 1, 2, Position(JOINED, ANN), complete=True)
    store.planned("c2", plan, iso(utc_now()))
    assert erase(stack, again) == []
    assert ANN not in everything(stack)


@pytest.mark.parametrize("status", ["scheduled", "paused"])
def test_no_search_circles_for_a_campaign_that_waits_to_be_planned(stack: Stack, status: str) -> None:
    now = iso(utc_now())
    CampaignTable(stack.records).create(Campaign("c1", Status(status), "News", now, now, Audience()))
    assert erase(stack, {"email": ANN, "erased_at": iso(utc_now() - INDEX_LAGS)}) == []


@pytest.mark.parametrize("status", ["sending", "paused"])
def test_a_campaign_that_is_sent_or_paused_gives_up_the_address_and_goes_on(stack: Stack, status: str) -> None:
    campaign(stack, "c1", status)
    for email in (ANN, BOB):
        assert erase(stack, {"email": email}) == []
    assert ANN not in everything(stack)
    assert LastLookTables(stack.records, stack.subscribers).at("c1", ["erased", "erased"])[1] == {}
