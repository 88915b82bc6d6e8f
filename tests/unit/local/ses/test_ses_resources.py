"""Identities, configuration sets, templates, suppression list, account and tags, through the real SDK client."""

import json
from typing import Any

import pytest


def refused(error: Any) -> tuple[str, str]:
    """Code and message of a client error."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_domain_identity_is_verified_at_once_and_has_three_dkim_tokens(ses: Any) -> None:
    created = ses.create_email_identity(EmailIdentity="example.org", Tags=[{"Key": "stack", "Value": "local"}])
    found = ses.get_email_identity(EmailIdentity="example.org")

    assert created["IdentityType"] == "DOMAIN"
    assert created["VerifiedForSendingStatus"] is True
    assert len(set(created["DkimAttributes"]["Tokens"])) == 3
    assert found["DkimAttributes"] == created["DkimAttributes"]
    assert found["VerificationStatus"] == "SUCCESS"
    assert found["Tags"] == [{"Key": "stack", "Value": "local"}]


def test_an_address_identity_has_no_dkim_tokens(ses: Any) -> None:
    created = ses.create_email_identity(EmailIdentity="me@example.net")
    assert created["IdentityType"] == "EMAIL_ADDRESS"
    assert created["DkimAttributes"]["Tokens"] == []


def test_identities_are_listed_and_deleted(ses: Any) -> None:
    ses.create_email_identity(EmailIdentity="me@example.net")
    first = ses.list_email_identities(PageSize=1)
    second = ses.list_email_identities(PageSize=1, NextToken=first["NextToken"])
    names = [identity["IdentityName"] for page in (first, second) for identity in page["EmailIdentities"]]
    assert names == ["example.com", "me@example.net"]
    assert "NextToken" not in second

    ses.delete_email_identity(EmailIdentity="me@example.net")
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.get_email_identity(EmailIdentity="me@example.net")


def test_identity_attributes_are_kept(ses: Any) -> None:
    ses.create_configuration_set(ConfigurationSetName="news")
    ses.put_email_identity_configuration_set_attributes(EmailIdentity="example.com", ConfigurationSetName="news")
    ses.put_email_identity_mail_from_attributes(EmailIdentity="example.com", MailFromDomain="mail.example.com")
    ses.put_email_identity_feedback_attributes(EmailIdentity="example.com", EmailForwardingEnabled=False)
    ses.put_email_identity_dkim_attributes(EmailIdentity="example.com", SigningEnabled=False)
    found = ses.get_email_identity(EmailIdentity="example.com")

    assert found["ConfigurationSetName"] == "news"
    assert found["MailFromAttributes"]["MailFromDomain"] == "mail.example.com"
    assert found["FeedbackForwardingStatus"] is False
    assert found["DkimAttributes"]["SigningEnabled"] is False


@pytest.mark.parametrize("name", ["nonsense", "a@b", "two@at@example.com", "example..com"])
def test_an_identity_must_be_an_address_or_a_domain(ses: Any, name: str) -> None:
    with pytest.raises(ses.exceptions.BadRequestException):
        ses.create_email_identity(EmailIdentity=name)


def test_nothing_can_be_created_twice(ses: Any, listening: str, greeting: str) -> None:
    content = {"Subject": "s", "Text": "t"}
    destination = {"MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:0:t"}}
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity="example.com")
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_configuration_set(ConfigurationSetName=listening)
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_email_template(TemplateName=greeting, TemplateContent=content)
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_configuration_set_event_destination(
            ConfigurationSetName=listening, EventDestinationName="sns", EventDestination=destination
        )


def test_configuration_sets_keep_their_options(ses: Any) -> None:
    ses.create_configuration_set(
        ConfigurationSetName="news", DeliveryOptions={"TlsPolicy": "REQUIRE"}, Tags=[{"Key": "a", "Value": "b"}]
    )
    ses.put_configuration_set_suppression_options(ConfigurationSetName="news", SuppressedReasons=["BOUNCE"])
    ses.put_configuration_set_reputation_options(ConfigurationSetName="news", ReputationMetricsEnabled=True)
    ses.put_configuration_set_sending_options(ConfigurationSetName="news", SendingEnabled=False)
    found = ses.get_configuration_set(ConfigurationSetName="news")

    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert found["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}
    assert found["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert found["SendingOptions"] == {"SendingEnabled": False}
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    assert ses.list_configuration_sets()["ConfigurationSets"] == ["news"]

    ses.delete_configuration_set(ConfigurationSetName="news")
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.get_configuration_set(ConfigurationSetName="news")


def test_event_destinations_are_updated_listed_and_deleted(ses: Any, listening: str) -> None:
    named = {"ConfigurationSetName": listening, "EventDestinationName": "sns"}
    changed = {"MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:0:other"}}
    ses.update_configuration_set_event_destination(**named, EventDestination=changed)
    listed = ses.get_configuration_set_event_destinations(ConfigurationSetName=listening)["EventDestinations"]
    assert listed == [{"Name": "sns", "Enabled": False, **changed}]

    ses.delete_configuration_set_event_destination(**named)
    assert ses.get_configuration_set_event_destinations(ConfigurationSetName=listening)["EventDestinations"] == []
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.delete_configuration_set_event_destination(**named)


@pytest.mark.parametrize(
    "definition",
    [
        {"MatchingEventTypes": ["SEND"]},
        {"MatchingEventTypes": [], "SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:0:t"}},
        {"MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": "arn:aws:sqs:us-east-1:0:t"}},
        {"MatchingEventTypes": ["SNED"], "SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:0:t"}},
    ],
)
def test_an_event_destination_that_could_not_work_is_refused(ses: Any, definition: dict[str, Any]) -> None:
    ses.create_configuration_set(ConfigurationSetName="news")
    with pytest.raises(ses.exceptions.BadRequestException):
        ses.create_configuration_set_event_destination(
            ConfigurationSetName="news", EventDestinationName="d", EventDestination=definition
        )


def test_templates_are_stored_updated_and_deleted(ses: Any, greeting: str) -> None:
    changed = {"Subject": "New {{name}}", "Text": "new"}
    ses.update_email_template(TemplateName=greeting, TemplateContent=changed)
    assert ses.get_email_template(TemplateName=greeting)["TemplateContent"] == changed

    ses.delete_email_template(TemplateName=greeting)
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.get_email_template(TemplateName=greeting)
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.update_email_template(TemplateName=greeting, TemplateContent=changed)


def test_templates_are_listed_by_tens_unless_asked_otherwise(ses: Any) -> None:
    for number in range(12):
        ses.create_email_template(TemplateName=f"t{number}", TemplateContent={"Subject": "s", "Text": "t"})
    first = ses.list_email_templates()
    rest = ses.list_email_templates(NextToken=first["NextToken"])
    names = [found["TemplateName"] for page in (first, rest) for found in page["TemplatesMetadata"]]

    assert len(first["TemplatesMetadata"]) == 10
    assert names == [f"t{number}" for number in range(12)]
    assert first["TemplatesMetadata"][0]["CreatedTimestamp"].year > 2000
    with pytest.raises(ses.exceptions.BadRequestException):
        ses.list_email_templates(PageSize=101)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"Text": "no subject"}, "subject"),
        ({"Subject": "no body"}, "text part or an HTML part"),
        ({"Subject": "s", "Html": "line one\n{{#if a}}never closed"}, "Html part.*line 2"),
        ({"Subject": "{{name", "Text": "t"}, "Subject part.*never closed"),
        ({"Subject": "s", "Text": "x" * 500 * 1024}, "limit"),
    ],
)
def test_a_template_that_ses_would_not_store_is_refused(ses: Any, content: dict[str, str], reason: str) -> None:
    with pytest.raises(ses.exceptions.BadRequestException, match=reason):
        ses.create_email_template(TemplateName="bad", TemplateContent=content)
    assert ses.list_email_templates()["TemplatesMetadata"] == []


def test_a_test_rendering_is_the_whole_message(ses: Any, greeting: str) -> None:
    rendered = ses.test_render_email_template(TemplateName=greeting, TemplateData=json.dumps({"name": "Ann <b>"}))
    assert "Subject: Hi Ann <b>" in rendered["RenderedTemplate"]
    assert "<p>Hello Ann <b></p>" in rendered["RenderedTemplate"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [("{}", "Attribute 'name' is not present"), ("{", "JSON"), ("[]", "JSON object")],
)
def test_a_test_rendering_that_fails_says_why(ses: Any, greeting: str, data: str, reason: str) -> None:
    with pytest.raises(ses.exceptions.BadRequestException, match=reason):
        ses.test_render_email_template(TemplateName=greeting, TemplateData=data)


def test_suppressed_addresses_are_found_whatever_their_case(ses: Any) -> None:
    ses.put_suppressed_destination(EmailAddress="Ann@example.org", Reason="BOUNCE")
    ses.put_suppressed_destination(EmailAddress="bob@example.org", Reason="COMPLAINT")
    found = ses.get_suppressed_destination(EmailAddress="ann@EXAMPLE.org")["SuppressedDestination"]
    bounced = ses.list_suppressed_destinations(Reasons=["BOUNCE"])["SuppressedDestinationSummaries"]

    assert (found["EmailAddress"], found["Reason"]) == ("Ann@example.org", "BOUNCE")
    assert [entry["EmailAddress"] for entry in bounced] == ["Ann@example.org"]
    assert len(ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]) == 2
    assert ses.list_suppressed_destinations(StartDate="2100-01-01")["SuppressedDestinationSummaries"] == []

    ses.delete_suppressed_destination(EmailAddress="ann@example.org")
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.delete_suppressed_destination(EmailAddress="ann@example.org")


def test_the_account_tells_its_quota(ses: Any, mailbox: Any, send: Any) -> None:
    assert ses.get_account()["SendQuota"]["Max24HourSend"] == -1
    mailbox.behave(rate_per_second=14, daily_quota=200)
    send()
    account = ses.get_account()

    assert account["SendQuota"] == {"Max24HourSend": 200.0, "MaxSendRate": 14.0, "SentLast24Hours": 1.0}
    assert account["ProductionAccessEnabled"] is True
    assert account["SendingEnabled"] is True


def test_the_account_leaves_the_sandbox_when_asked(ses: Any) -> None:
    for wanted in (False, True):
        ses.put_account_details(
            ProductionAccessEnabled=wanted, MailType="MARKETING", WebsiteURL="https://www.example.org"
        )
        assert ses.get_account()["ProductionAccessEnabled"] is wanted


def test_tags_of_every_kind_of_resource_can_change(ses: Any, listening: str, greeting: str) -> None:
    for resource in ("identity/example.com", f"configuration-set/{listening}", f"template/{greeting}"):
        arn = f"arn:aws:ses:us-east-1:000000000000:{resource}"
        ses.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        ses.untag_resource(ResourceArn=arn, TagKeys=["a"])
        assert ses.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.list_tags_for_resource(ResourceArn="arn:aws:ses:us-east-1:000000000000:identity/nobody.example")


def test_an_operation_that_is_missing_is_named(ses: Any) -> None:
    with pytest.raises(ses.exceptions.ClientError, match="does not provide the operation CreateContactList") as error:
        ses.create_contact_list(ContactListName="list")
    assert refused(error)[0] == "NotImplementedException"


def test_an_address_that_is_no_operation_is_not_found(stand_in: Any, mailbox: Any) -> None:
    mailbox.url = stand_in.url
    status, headers, _ = mailbox.request("GET", "/v2/email/nothing")
    assert (status, headers["x-amzn-ErrorType"]) == (404, "NotFoundException")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"EmailIdentity": 7}', b"{}"])
def test_a_malformed_request_is_refused(stand_in: Any, mailbox: Any, body: bytes) -> None:
    mailbox.url = stand_in.url
    status, headers, _ = mailbox.request("POST", "/v2/email/identities", body)
    assert (status, headers["x-amzn-ErrorType"]) == (400, "BadRequestException")
