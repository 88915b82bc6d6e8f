"""From changes of the tables to a receiver's door."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import client
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Campaign, Plan, Status
from email_list.webhooks.webhooks import headers, keys
from tests.unit.handlers.conftest import Stack

AT = "2026-11-24T10:00:00.000Z"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def hooked(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack with a webhook."""
    receiver = json.dumps({"url": "https://hooks.example/in", "secrets": SECRET})
    client("ssm").put_parameter(Name="/list/webhook", Value=receiver, Type="SecureString")
    settings = {
        "WEBHOOKS_QUEUE": client("sqs").create_queue(QueueName="webhooks")["QueueUrl"],
        "WEBHOOK_PARAMETER": "/list/webhook",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
        stack.environment[name] = value
    return stack


class Receiver:
    """Takes what is posted, and answers with one status or error after another."""

    def __init__(self, *answers: int | Exception) -> None:
        self.posts: list[tuple[str, bytes, dict[str, str], bool]] = []
        self._answers = list(answers)

    def post(self, url: str, body: bytes, headers: dict[str, str], *, private: bool) -> int:
        self.posts.append((url, body, headers, private))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def record(number: int, key: dict[str, Any], before: Any, after: Any) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    images = {"Keys": key, "OldImage": before, "NewImage": after}
    change = {
        name: {part: serialize(value) for part, value in image.items()} for name, image in images.items() if image
    }
    return {
        "eventID": f"change{number}",
        "dynamodb": {**change, "SequenceNumber": str(number), "ApproximateCreationDateTime": 1764000000},
    }


def changes(people: Sequence[str]) -> list[dict[str, Any]]:
    return [
        record(number, {"email": email}, None, {"email": email, "status": "active", "subscribed_date": AT})
        for number, email in enumerate(people)
    ]


def test_changes_of_both_tables_become_events_in_the_queue(hooked: Stack) -> None:
    key = {"pk": "CAMPAIGNS", "sk": "C1"}
    sent = Campaign("C1", Status.SENT, "News", AT, AT, Audience(), plan=Plan(people=3), finished_at=AT)
    CampaignTable(hooked.records).create(sent)
    campaign = hooked.records.get_item(Key=key)["Item"]
    records = [
        *changes([f"p{number}@example.com" for number in range(12)]),
        record(99, key, {**campaign, "status": "sending"}, campaign),
        record(
            97,
            {"email": "gone@example.com"},
            {"email": "gone@example.com", "status": "active", "subscribed_date": AT},
            None,
        ),
        record(
            96,
            {"email": "never@example.com"},
            {"email": "never@example.com", "status": "pending", "subscribed_date": AT},
            None,
        ),
        record(98, {"email": "erased#0123"}, None, {"email": "erased#0123", "erased_date": AT}),
        record(100, {"pk": "RATE", "sk": "LINE"}, None, {"pk": "RATE", "sk": "LINE", "free_at": 1}),
    ]
    hooked.run("announce", {"Records": records})
    sent = [json.loads(message["body"]) for message in hooked.messages("WEBHOOKS_QUEUE")]
    assert {event["id"]: event["type"] for event in sent} == {
        **{f"evt_change{number}": "subscriber.subscribed" for number in range(12)},
        "evt_change97": "subscriber.erased",
        "evt_change99": "campaign.finished",
    }
    assert sent[0]["timestamp"] == "2025-11-24T16:00:00.000Z"


def test_who_is_through_with_a_sequence_is_told_and_every_other_change_of_a_place_is_not(hooked: Stack) -> None:
    key = {"email": "ada@example.com", "sequence": "S1"}
    waiting = {**key, "group": "inside", "at": AT, "entered_at": AT}
    finished = {**waiting, "group": "finished"}
    counters = {"email": "counters#S1", "sequence": "0"}
    records = [
        record(1, key, None, waiting),
        record(2, key, waiting, {**waiting, "group": "left"}),
        record(3, key, waiting, finished),
        record(4, key, finished, finished),
        record(5, key, finished, None),
        record(6, counters, None, {**counters, "entered": 1}),
    ]
    hooked.run("announce", {"Records": records})
    (event,) = [json.loads(message["body"]) for message in hooked.messages("WEBHOOKS_QUEUE")]
    assert (event["id"], event["type"]) == ("evt_change3", "sequence.finished")
    assert event["data"] == {"id": "S1", "email": "ada@example.com", "entered_at": AT, "finished_at": AT}


def deliver(stack: Stack, attempt: int = 1) -> list[str]:
    """Let the worker take one message from the queue; the messages that are to come back."""
    sqs, queue = client("sqs"), stack.environment["WEBHOOKS_QUEUE"]
    [message] = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=300)["Messages"]
    attributes = {"ApproximateReceiveCount": str(attempt)}
    taken = {"messageId": "m1", "receiptHandle": message["ReceiptHandle"], "body": message["Body"]}
    answer = stack.run("deliver_webhook", {"Records": [{**taken, "attributes": attributes}]})
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_an_event_is_delivered_signed(hooked: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(204)
    monkeypatch.setattr("email_list.webhooks.delivery.post", receiver.post)
    hooked.run("announce", {"Records": changes(["ada@example.com"])})
    assert deliver(hooked) == []
    [(url, body, sent, private)] = receiver.posts
    assert (url, private) == ("https://hooks.example/in", False)
    assert json.loads(body)["data"]["email"] == "ada@example.com"
    assert sent == headers(keys(SECRET), "evt_change0", int(sent["webhook-timestamp"]), body.decode())


@pytest.mark.parametrize("obstacle", [500, 404, 302, TimeoutError("slow"), ConnectionRefusedError()])
def test_an_event_that_is_not_taken_comes_back_after_a_growing_pause(
    hooked: Stack, monkeypatch: pytest.MonkeyPatch, obstacle: int | Exception
) -> None:
    pauses: list[int] = []
    monkeypatch.setattr("email_list.webhooks.delivery.post", Receiver(obstacle, obstacle).post)
    monkeypatch.setattr(
        client("sqs"), "change_message_visibility", lambda **named: pauses.append(named["VisibilityTimeout"])
    )
    for attempt in (1, 4):
        hooked.run("announce", {"Records": changes(["ada@example.com"])})
        assert deliver(hooked, attempt) == ["m1"]
    assert pauses == [30, 1920]


def test_a_receiver_on_this_machine_is_for_the_laptop_alone(hooked: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(200)
    monkeypatch.setattr("email_list.webhooks.delivery.post", receiver.post)
    monkeypatch.setenv("WEBHOOK_MAY_BE_PRIVATE", "true")
    hooked.run("announce", {"Records": changes(["ada@example.com"])})
    deliver(hooked)
    assert receiver.posts[0][3] is True
