"""SES's events on the local stack: what they do to the list, to campaigns, and what they say about them."""

import fnmatch
import json
from typing import Any

import pytest

from local.stack import LocalStack
from tests.local.campaigners import Campaigner
from tests.local.conftest import RATE_MINIMUM_MAILS
from tests.local.visitor import until

SIMULATOR = "simulator.amazonses.com"


@pytest.fixture
def campaigner(stack: LocalStack) -> Campaigner:
    return Campaigner(stack)


def person(stack: LocalStack, email: str) -> dict[str, Any]:
    table, client = stack.outputs["subscribers_table"], stack.cloud.client("dynamodb")
    return client.get_item(TableName=table, Key={"email": {"S": email}})["Item"]


def status(stack: LocalStack, email: str) -> str:
    return person(stack, email)["status"]["S"]


def test_the_simulators_addresses_end_as_what_they_simulate_and_are_not_mailed_again(campaigner: Campaigner) -> None:
    stack = campaigner.stack
    outcomes = {"success": "active", "bounce": "bounced", "complaint": "complained", "ooto": "active"}
    emails = {name: f"{name}@{SIMULATOR}" for name in outcomes}
    campaigner.add(list(emails.values()), "simulated")
    campaign = campaigner.create("simulated")
    campaigner.wait(campaign)
    until(lambda: {name: status(stack, email) for name, email in emails.items()} == outcomes, "their statuses")
    until(lambda: campaigner.show(campaign)["results"]["delivered"] == 3, "the deliveries")
    results = campaigner.show(campaign)["results"]
    assert {name: count for name, count in results.items() if count} == {
        "delivered": 3,
        "bounced": 1,
        "complained": 1,
        "soft_bounced": 1,
    }
    bounced = list(campaigner.recipients(campaign, "bounced"))
    assert [(one["email"], one["outcome"], one["feedback"]) for one in bounced] == [
        (emails["bounce"], "sent", ["bounced"])
    ]
    assert bounced[0]["reason"].startswith("Permanent General")

    following = campaigner.create("simulated")
    assert campaigner.wait(following)["counts"]["sent"] == 2
    mailed = {one["email"] for one in campaigner.recipients(following, "planned")}
    assert mailed == {emails["success"], emails["ooto"]}


def test_a_list_with_bad_addresses_stops_itself_early_and_says_why(campaigner: Campaigner) -> None:
    people, bad = 400, "eight-????0[0-7]@example.com"
    campaigner.add_people("eight", people)
    with campaigner.ses(rate_per_second=50, bounce_addresses=[bad]):
        campaign = campaigner.create("eight")
        shown = campaigner.wait(campaign, wanted=lambda shown: shown["status"] == "paused", seconds=60)
    assert shown["reason"]["code"] == "bounces"
    assert "were hard bounces; the limit is 4 %" in shown["reason"]["message"]
    assert RATE_MINIMUM_MAILS <= shown["counts"]["sent"] < people
    print(f"stopped after {shown['counts']['sent']} of {people} mails: {shown['reason']['message']}")
    sent = [one["email"] for one in campaigner.recipients(campaign, "sent")]
    bouncing = fnmatch.filter(sent, bad)
    until(lambda: campaigner.show(campaign)["results"]["bounced"] == len(bouncing), "the bounces")
    assert [one["email"] for one in campaigner.recipients(campaign, "bounced")] == bouncing
    assert {status(campaigner.stack, email) for email in bouncing} == {"bounced"}
    assert campaigner.steer(campaign, "cancel").status_code == 200


def test_feedback_that_is_no_complaint_and_no_bounce_leaves_people_on_the_list(campaigner: Campaigner) -> None:
    rescued, predicted, complained = (f"{name}@feedback.example" for name in ("rescued", "predicted", "complained"))
    campaigner.add([rescued, predicted, complained], "feedback")
    said = [
        {"recipients": rescued, "complaint": "not-spam"},
        {"recipients": predicted, "bounce": "Permanent/EmailValidationSuppressed"},
        {"recipients": complained, "complaint": "abuse"},
    ]
    with campaigner.ses(feedback=said):
        campaign = campaigner.create("feedback")
        campaigner.wait(campaign)
        until(lambda: status(campaigner.stack, complained) == "complained", "the complaint")
        until(lambda: campaigner.show(campaign)["results"]["suppressed"] == 1, "the email that SES did not try")
    results = campaigner.show(campaign)["results"]
    assert {name: count for name, count in results.items() if count} == {
        "delivered": 2,
        "complained": 1,
        "suppressed": 1,
    }
    assert [status(campaigner.stack, email) for email in (rescued, predicted)] == ["active", "active"]


def test_what_is_no_event_ends_among_the_dead_letters(campaigner: Campaigner) -> None:
    sqs = campaigner.stack.cloud.client("sqs")

    def queue(name: str) -> str:
        (url,) = sqs.list_queues(QueueNamePrefix=f"email-list-local-{name}-")["QueueUrls"]
        return url

    events, dead = queue("mail-events"), queue("dead-letters")
    hidden = sqs.get_queue_attributes(QueueUrl=events, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=events, Attributes={"VisibilityTimeout": "1"})
    sent = {"no event", json.dumps({"eventType": "Teleport", "mail": {}})}
    for body in sent:
        sqs.send_message(QueueUrl=events, MessageBody=body)
    found: dict[str, str] = {}

    def all_found() -> bool:
        answer = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, AttributeNames=["All"])
        for message in answer.get("Messages", []):
            found[message["Body"]] = message["Attributes"]["DeadLetterQueueSourceArn"]
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
        return found.keys() == sent

    try:
        until(all_found, "the dead letters")
    finally:
        sqs.set_queue_attributes(QueueUrl=events, Attributes=hidden)
    assert {arn.rpartition(":")[2] for arn in found.values()} == {events.rpartition("/")[2]}


def test_what_another_list_of_the_account_learned_is_taken_over(campaigner: Campaigner) -> None:
    stack = campaigner.stack
    emails = [f"elsewhere-{number}@example.com" for number in range(3)]
    campaigner.add(emails, "elsewhere")
    ses = stack.cloud.client("sesv2")
    ses.put_suppressed_destination(EmailAddress=emails[0], Reason="BOUNCE")
    ses.put_suppressed_destination(EmailAddress=emails[1].upper(), Reason="COMPLAINT")
    campaigner.invoke("sync_suppression", {})
    assert [status(stack, email) for email in emails] == ["bounced", "complained", "active"]


def test_a_bounced_address_is_mailed_again_once_an_administrator_knowingly_says_so(campaigner: Campaigner) -> None:
    stack, email = campaigner.stack, "corrected@example.com"
    campaigner.add([email], "corrected")
    with campaigner.ses(bounce_addresses=[email]):
        campaigner.wait(campaigner.create("corrected"))
        until(lambda: status(stack, email) == "bounced", "the bounce")
    ses = stack.cloud.client("sesv2")
    assert ses.get_suppressed_destination(EmailAddress=email)["SuppressedDestination"]["Reason"] == "BOUNCE"
    answer = campaigner.admin("PATCH", f"/subscribers/{email}", json={"status": "active", "acknowledge": "bounced"})
    assert answer.json()["status"] == "active", answer.text
    campaign = campaigner.create("corrected")
    campaigner.wait(campaign)
    until(lambda: campaigner.show(campaign)["results"]["delivered"] == 1, "the delivery")
    assert status(stack, email) == "active"
