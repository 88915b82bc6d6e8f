"""Reading SES's events: every documented shape, and what happens to everything else."""

import json
from typing import Any

import pytest

from email_list.events.mail_events import Event, Kind, Place, UnreadableEventError, read
from email_list.events.meanings import Meaning
from tests.unit.domain.ses_examples import (
    CAMPAIGN,
    EXAMPLES,
    LATER,
    NOTIFICATIONS,
    READER,
    SENT_AT,
    bounced,
    complained,
    example,
    mail,
)


def event(document: Any) -> Event:
    found = read(json.dumps(document))
    assert found is not None
    return found


def refusal(document: Any) -> str:
    with pytest.raises(UnreadableEventError) as refused:
        read(document if isinstance(document, str) else json.dumps(document))
    return str(refused.value)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_documented_event_tells_whom_of_which_campaign_it_is_about(name: str) -> None:
    found = event(EXAMPLES[name])
    assert found.kind == EXAMPLES[name]["eventType"]
    assert (found.people, found.place) == ((READER,), Place(CAMPAIGN, 1, 0))
    assert (found.message, found.sent_at) == ("0100-mail-1", SENT_AT)


def test_every_kind_that_ses_knows_has_an_example() -> None:
    assert {document["eventType"] for document in EXAMPLES.values()} == set(Kind)


@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_feedback_of_an_identity_is_read_alike_but_belongs_to_no_campaign(name: str) -> None:
    found, twin = event(NOTIFICATIONS[name]), event(EXAMPLES[name])
    assert (found.kind, found.people, found.meaning, found.at) == (twin.kind, twin.people, twin.meaning, twin.at)
    assert found.place is None


def test_an_envelope_of_sns_changes_nothing() -> None:
    envelope = {"Type": "Notification", "TopicArn": "arn:topic", "Message": json.dumps(EXAMPLES["bounce"])}
    assert event(envelope) == event(EXAMPLES["bounce"])


@pytest.mark.parametrize(
    ("name", "meaning", "reason"),
    [
        ("bounce", Meaning.HARD_BOUNCE, "Permanent General 5.1.1"),
        ("bounce of a full mailbox", Meaning.SOFT_BOUNCE, "Transient MailboxFull 4.2.2"),
        ("bounce for an unknown reason", Meaning.SOFT_BOUNCE, "Undetermined Undetermined 5.1.1"),
        ("bounce of a suppressed address", Meaning.NOT_TRIED, "Permanent OnAccountSuppressionList 5.1.1"),
        ("complaint", Meaning.COMPLAINT, "abuse"),
    ],
)
def test_an_event_carries_its_meaning_and_its_reason(name: str, meaning: Meaning, reason: str) -> None:
    found = event(EXAMPLES[name])
    assert (found.meaning, found.reason) == (meaning, reason)


def test_a_reason_never_quotes_an_address() -> None:
    document = example("bounce")
    document["bounce"]["bounceSubType"] = f"General <{READER}>"
    assert "@" not in event(document).reason


def test_several_recipients_of_one_event_are_all_named() -> None:
    three = ["ada@example.com", "Bob <Bob@Example.com>", "eve@example.com"]
    document = {"eventType": "Bounce", "mail": mail(*three, place=None), "bounce": bounced("BOB@example.com", three[0])}
    assert event(document).people == ("bob@example.com", "ada@example.com")
    del document["bounce"]["bouncedRecipients"]
    assert event(document).people == ("ada@example.com", "bob@example.com", "eve@example.com")


def test_a_complaint_from_where_an_email_was_forwarded_to_is_about_whom_it_was_sent_to() -> None:
    document = {"eventType": "Complaint", "mail": mail(), "complaint": complained("ada@elsewhere.example")}
    assert event(document).people == (READER,)


@pytest.mark.parametrize("name", EXAMPLES)
def test_all_that_is_optional_may_be_missing(name: str) -> None:
    document = example(name)
    needed = {"messageId", "timestamp", "destination", "tags"}
    document["mail"] = {part: value for part, value in document["mail"].items() if part in needed}
    if name.startswith("bounce"):
        document["bounce"] = {"bounceType": document["bounce"]["bounceType"]}
    else:
        document = {part: document[part] for part in ("eventType", "mail")}
    found = event(document)
    assert (found.people, found.at) == ((READER,), SENT_AT)


def test_the_moment_of_the_event_is_not_that_of_the_email() -> None:
    found = event(EXAMPLES["open"])
    assert (found.at, found.sent_at) == (LATER, SENT_AT)


def test_only_who_wants_nothing_at_all_leaves_by_a_subscription_event() -> None:
    document = example("subscription")
    assert event(document).meaning is Meaning.LEFT
    document["subscription"]["newTopicPreferences"]["unsubscribeAll"] = False
    assert event(document).meaning is None


@pytest.mark.parametrize(
    "greeting",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        {"Type": "Notification", "Message": "Successfully validated SNS topic for Amazon SES event publishing."},
        {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have subscribed."},
    ],
)
def test_the_greeting_of_ses_to_a_new_topic_is_no_event(greeting: Any) -> None:
    assert read(greeting if isinstance(greeting, str) else json.dumps(greeting)) is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[1]", "not an object"),
        ('"Bounce"', "not an object"),
        ({"Type": "Notification", "Message": "hello"}, "not JSON"),
        ({"eventType": "Teleport", "mail": mail()}, "unknown kind of event 'Teleport'"),
        ({"mail": mail()}, "unknown kind of event 'None'"),
        ({"eventType": ["Bounce"], "mail": mail()}, "unknown kind of event \"['Bounce']\""),
        ({"eventType": "Send"}, "Send without `mail`"),
        ({"eventType": "Send", "mail": mail(message="")}, "Send without a message id"),
        ({"eventType": "Send", "mail": {**mail(), "timestamp": "yesterday"}}, "Send without the moment of sending"),
        ({"eventType": "Bounce", "mail": mail()}, "Bounce without a type"),
        ({"eventType": "Open", "mail": mail(), "open": [1]}, "Open whose details are no object"),
        (example("open", place=(1, 50)), "a campaign's email without a place in its ledger"),
        ({"eventType": "Send", "mail": {**mail(), "tags": {"campaign": ["C"]}}}, "without a place in its ledger"),
    ],
)
def test_what_is_no_event_is_refused_with_the_reason(document: Any, reason: str) -> None:
    assert reason in refusal(document)
