"""Removing an erased person from past campaigns."""

import json
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from email_list.aws.campaign_traces import CampaignTraces
from email_list.aws.clients import dynamodb_table
from handlers import erase_history

from .conftest import Stack

ANN, BOB = "ann@example.com", "bob@example.com"


def campaign(stack: Stack, campaign_id: str, status: str) -> None:
    """A campaign that went to Ann and Bob, with Ann's mail refused and the plan ending at her."""
    plan = {"rows": 1, "position": ["2026-01-01T00:00:00.000Z", ANN]}
    stack.records.put_item(Item={"pk": "CAMPAIGNS", "sk": campaign_id, "status": status, "plan": plan})
    ledger: dict[str, dict[str, Any]] = {
        "PLAN#0000001": {"recipients": [BOB, ANN], "end": ["2026-01-01T00:00:00.000Z", ANN], "last": True},
        "BATCH#0000001": {"outcomes": "sf", "reasons": {"1": f"MESSAGE_REJECTED: {ANN} is blocked"}, "revision": 2},
    }
    for sk, item in ledger.items():
        stack.records.put_item(Item={"pk": f"CAMPAIGN#{campaign_id}", "sk": sk, **item})


def everything(stack: Stack) -> str:
    return json.dumps(stack.records.scan()["Items"], default=str)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erase_history, "LATER_SECONDS", 0)


def erase(stack: Stack, message: dict[str, Any]) -> list[dict[str, Any]]:
    stack.run("erase_history", {"Records": [{"messageId": "m", "body": json.dumps(message)}]})
    return [json.loads(message["body"]) for message in stack.messages("ERASURES_QUEUE")]


def test_no_trace_of_the_person_is_left_and_the_others_stay(stack: Stack) -> None:
    campaign(stack, "c1", "sent")
    campaign(stack, "c2", "cancelled")
    for _ in range(2):
        assert erase(stack, {"email": ANN}) == []
        assert ANN not in everything(stack)
        assert everything(stack).count(BOB) == 2
    row = stack.records.get_item(Key={"pk": "CAMPAIGN#c1", "sk": "PLAN#0000001"})["Item"]
    assert row["recipients"] == [BOB, "erased"]


def test_two_people_erased_from_one_row_at_once_both_stay_erased(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign(stack, "c1", "sent")
    table = dynamodb_table("records")
    read = table.query(KeyConditionExpression=Key("pk").eq("CAMPAIGN#c1") & Key("sk").begins_with("PLAN#"))["Items"]
    of_bob = CampaignTraces(table)
    monkeypatch.setattr(of_bob._items, "query", lambda *_, **__: iter(read))
    CampaignTraces(table).erase("c1", ANN)
    of_bob.erase("c1", BOB)
    assert ANN not in everything(stack)
    assert BOB not in everything(stack)


def test_a_campaign_under_way_is_left_alone_until_it_is_over(stack: Stack) -> None:
    campaign(stack, "c1", "sent")
    campaign(stack, "c2", "sending")
    (again,) = erase(stack, {"email": ANN})
    assert again == {"email": ANN, "campaigns": ["c2"]}
    campaign(stack, "c2", "sent")
    assert erase(stack, again) == []
    assert ANN not in everything(stack)
