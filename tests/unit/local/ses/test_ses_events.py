"""Events reach the topic of the configuration set, in the documented shape."""

from typing import Any

import pytest


def test_an_ordinary_email_is_sent_then_delivered(recorder: Any, listening: str, send: Any) -> None:
    message_id = send(ConfigurationSetName=listening, EmailTags=[{"Name": "campaign", "Value": "c-1"}])
    sent, delivered = recorder.wait_for(2)

    assert recorder.topics == ["arn:aws:sns:us-east-1:000000000000:mail-events"] * 2
    assert sent["eventType"] == "Send"
    assert sent["send"] == {}
    assert delivered["eventType"] == "Delivery"
    assert delivered["delivery"]["recipients"] == ["ann@example.org"]
    assert set(delivered["delivery"]) == {
        "timestamp",
        "processingTimeMillis",
        "recipients",
        "smtpResponse",
        "reportingMTA",
    }
    mail = sent["mail"]
    assert mail["messageId"] == message_id
    assert mail["source"] == "news@example.com"
    assert mail["sourceArn"] == "arn:aws:ses:us-east-1:000000000000:identity/example.com"
    assert mail["destination"] == ["ann@example.org"]
    assert mail["headersTruncated"] is False
    assert {"name": "Subject", "value": "News"} in mail["headers"]
    assert mail["commonHeaders"]["subject"] == "News"
    assert mail["commonHeaders"]["to"] == ["ann@example.org"]
    assert mail["tags"]["campaign"] == ["c-1"]
    assert mail["tags"]["ses:configuration-set"] == [listening]
    assert mail["tags"]["ses:from-domain"] == ["example.com"]


@pytest.mark.parametrize(
    ("address", "kinds", "arrives"),
    [
        ("success@simulator.amazonses.com", ["Send", "Delivery"], True),
        ("success+label@simulator.amazonses.com", ["Send", "Delivery"], True),
        ("bounce@simulator.amazonses.com", ["Send", "Bounce"], False),
        ("bounce+x@Simulator.amazonses.com", ["Send", "Bounce"], False),
        ("suppressionlist@simulator.amazonses.com", ["Send", "Bounce"], False),
        ("complaint+1@simulator.amazonses.com", ["Send", "Delivery", "Complaint"], True),
        ("ooto@simulator.amazonses.com", ["Send", "Delivery", "Bounce"], True),
        ("bounce@example.org", ["Send", "Delivery"], True),
    ],
)
def test_the_simulators_addresses_answer_as_documented(
    recorder: Any, mailbox: Any, listening: str, send: Any, address: str, kinds: list[str], arrives: bool
) -> None:
    send(address, ConfigurationSetName=listening)
    recorder.wait_for(len(kinds))
    assert recorder.kinds() == kinds
    assert bool(mailbox.messages()) is arrives


def test_a_hard_bounce_tells_who_and_why(recorder: Any, listening: str, send: Any) -> None:
    send("bounce@simulator.amazonses.com", ConfigurationSetName=listening)
    bounce = recorder.wait_for(2)[1]["bounce"]
    (recipient,) = bounce["bouncedRecipients"]

    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "General")
    assert recipient["emailAddress"] == "bounce@simulator.amazonses.com"
    assert (recipient["action"], recipient["status"]) == ("failed", "5.1.1")
    assert {"timestamp", "feedbackId", "reportingMTA"} <= set(bounce)


def test_a_complaint_tells_who(recorder: Any, listening: str, send: Any) -> None:
    send("complaint@simulator.amazonses.com", ConfigurationSetName=listening)
    complaint = recorder.wait_for(3)[2]["complaint"]
    assert complaint["complainedRecipients"] == [{"emailAddress": "complaint@simulator.amazonses.com"}]
    assert complaint["complaintFeedbackType"] == "abuse"
    assert complaint["complaintSubType"] is None


def test_email_to_a_suppressed_address_is_accepted_and_bounces(
    ses: Any, recorder: Any, mailbox: Any, listening: str, send: Any
) -> None:
    ses.put_suppressed_destination(EmailAddress="Ann@example.org", Reason="BOUNCE")
    assert send("ann@example.org", ConfigurationSetName=listening)
    bounce = recorder.wait_for(2)[1]["bounce"]

    assert recorder.kinds() == ["Send", "Bounce"]
    assert bounce["bounceSubType"] == "OnAccountSuppressionList"
    assert mailbox.messages() == []


def test_email_to_an_address_suppressed_for_a_complaint_yields_a_complaint(
    ses: Any, recorder: Any, listening: str, send: Any
) -> None:
    ses.put_suppressed_destination(EmailAddress="ann@example.org", Reason="COMPLAINT")
    send(ConfigurationSetName=listening)
    assert recorder.wait_for(2)[1]["complaint"]["complaintSubType"] == "OnAccountSuppressionList"


def test_a_configuration_set_can_ignore_the_suppression_list(ses: Any, mailbox: Any, listening: str, send: Any) -> None:
    ses.put_suppressed_destination(EmailAddress="ann@example.org", Reason="BOUNCE")
    ses.put_configuration_set_suppression_options(ConfigurationSetName=listening, SuppressedReasons=[])
    send(ConfigurationSetName=listening)
    assert len(mailbox.messages()) == 1


def test_addresses_told_to_bounce_are_suppressed_from_then_on(
    ses: Any, recorder: Any, mailbox: Any, listening: str, send: Any
) -> None:
    mailbox.behave(bounce_addresses=["*@gone.example"])
    for _ in range(2):
        send("ann@gone.example", ConfigurationSetName=listening)
    events = recorder.wait_for(4)

    assert [events[1]["bounce"]["bounceSubType"], events[3]["bounce"]["bounceSubType"]] == [
        "General",
        "OnAccountSuppressionList",
    ]
    entry = ses.get_suppressed_destination(EmailAddress="ann@gone.example")["SuppressedDestination"]
    assert entry["Reason"] == "BOUNCE"
    assert entry["Attributes"]["MessageId"] == events[0]["mail"]["messageId"]


def test_addresses_told_to_complain_get_the_email_first(recorder: Any, mailbox: Any, listening: str, send: Any) -> None:
    mailbox.behave(complain_addresses=["ann@*"])
    send(ConfigurationSetName=listening)
    recorder.wait_for(3)
    assert recorder.kinds() == ["Send", "Delivery", "Complaint"]
    assert len(mailbox.messages()) == 1


def test_feedback_of_any_type_can_be_asked_for(
    ses: Any, recorder: Any, mailbox: Any, listening: str, send: Any
) -> None:
    asked = [
        {"recipients": "ann@*", "complaint": "not-spam"},
        {"recipients": "bob@*", "bounce": "Permanent/EmailValidationSuppressed"},
    ]
    assert mailbox.behave(feedback=asked)["feedback"] == asked
    send("ann@example.org", ConfigurationSetName=listening)
    send("bob@example.org", ConfigurationSetName=listening)
    events = recorder.wait_for(5)
    assert recorder.kinds() == ["Send", "Delivery", "Complaint", "Send", "Bounce"]
    assert events[2]["complaint"]["complaintFeedbackType"] == "not-spam"
    bounce = events[4]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "EmailValidationSuppressed")
    assert [mail["to"] for mail in mailbox.messages()] == [["ann@example.org"]]
    assert ses.list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


def test_the_simulator_leaves_the_suppression_list_alone(ses: Any, listening: str, recorder: Any, send: Any) -> None:
    send("bounce@simulator.amazonses.com", ConfigurationSetName=listening)
    recorder.wait_for(2)
    assert ses.list_suppressed_destinations()["SuppressedDestinationSummaries"] == []


def test_a_missing_variable_is_a_rendering_failure_of_that_recipient_alone(
    recorder: Any, mailbox: Any, listening: str, greeting: str, send_bulk: Any
) -> None:
    results = send_bulk(
        entries=[
            {"Destination": {"ToAddresses": ["ann@example.org"]}},
            {
                "Destination": {"ToAddresses": ["bob@example.org"]},
                "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": '{"name": "Bob"}'}},
            },
        ],
        DefaultContent={"Template": {"TemplateName": greeting, "TemplateData": "{}"}},
        ConfigurationSetName=listening,
    )
    failure = recorder.wait_for(3)[0]

    assert [result["Status"] for result in results] == ["SUCCESS", "SUCCESS"]
    assert recorder.kinds() == ["Rendering Failure", "Send", "Delivery"]
    assert failure["mail"]["messageId"] == results[0]["MessageId"]
    assert failure["failure"] == {
        "templateName": greeting,
        "errorMessage": "Attribute 'name' is not present in the rendering data.",
    }
    assert [mail["to"] for mail in mailbox.messages()] == [["bob@example.org"]]


def test_only_matching_events_of_an_enabled_destination_are_published(
    ses: Any, recorder: Any, listening: str, send: Any
) -> None:
    def listen(enabled: bool, kinds: list[str]) -> None:
        topic = {"TopicArn": "arn:aws:sns:us-east-1:000000000000:mail-events"}
        definition = {"Enabled": enabled, "MatchingEventTypes": kinds, "SnsDestination": topic}
        ses.update_configuration_set_event_destination(
            ConfigurationSetName=listening, EventDestinationName="sns", EventDestination=definition
        )

    listen(False, ["SEND", "DELIVERY"])
    send(ConfigurationSetName=listening)
    listen(True, ["DELIVERY"])
    last = send(ConfigurationSetName=listening)
    recorder.wait_for(1)
    assert recorder.kinds() == ["Delivery"]
    assert recorder.events[0]["mail"]["messageId"] == last


def test_an_email_without_a_configuration_set_has_no_events(
    recorder: Any, mailbox: Any, listening: str, send: Any
) -> None:
    send()
    send(ConfigurationSetName=listening)
    recorder.wait_for(2)
    assert {event["mail"]["tags"]["ses:configuration-set"][0] for event in recorder.events} == {listening}


def test_events_that_cannot_be_published_are_tried_again_in_order(
    recorder: Any, mailbox: Any, listening: str, send: Any
) -> None:
    recorder.failures_left = 2
    send(ConfigurationSetName=listening)
    recorder.wait_for(2)
    assert recorder.kinds() == ["Send", "Delivery"]


def test_events_are_given_up_after_the_last_attempt_and_counted(
    recorder: Any, mailbox: Any, listening: str, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.ses.events.FIRST_PAUSE", 0.0001)
    recorder.failures_left = 5
    send(ConfigurationSetName=listening)
    recorder.wait_for(1)
    assert recorder.kinds() == ["Delivery"]
    assert mailbox.counters()["events_dropped"] == 1


def test_opens_and_clicks_are_simulated_on_request(recorder: Any, mailbox: Any, listening: str, send: Any) -> None:
    message_id = send(ConfigurationSetName=listening)
    assert mailbox.request("POST", f"/messages/{message_id}/open")[0] == 202
    assert mailbox.request("POST", f"/messages/{message_id}/click?url=https://example.com/a%3Fb")[0] == 202
    opened, clicked = recorder.wait_for(4)[2:]

    assert opened["eventType"] == "Open"
    assert {"timestamp", "ipAddress", "userAgent"} <= set(opened["open"])
    assert clicked["eventType"] == "Click"
    assert clicked["click"]["link"] == "https://example.com/a?b"
    assert "isBotEvent" not in opened["open"]


def test_ses_can_be_made_to_take_a_reader_for_a_machine(recorder: Any, mailbox: Any, listening: str, send: Any) -> None:
    message_id = send(ConfigurationSetName=listening)
    mailbox.request("POST", f"/messages/{message_id}/open?bot=Likely")
    mailbox.request("POST", f"/messages/{message_id}/click?url=https://example.com&bot=Unlikely")
    opened, clicked = recorder.wait_for(4)[2:]
    assert (opened["open"]["isBotEvent"], clicked["click"]["isBotEvent"]) == ("Likely", "Unlikely")


def test_opens_nobody_listens_for_are_not_published(mailbox: Any, send: Any) -> None:
    message_id = send()
    assert mailbox.request("POST", f"/messages/{message_id}/open")[2] == '{"events": 0}'
    assert mailbox.request("POST", f"/messages/{message_id}/click")[0] == 400
