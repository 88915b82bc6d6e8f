"""SendEmail and SendBulkEmail, through the real SDK client."""

import json
from email.message import EmailMessage
from typing import Any

import pytest


def template_data(**values: Any) -> dict[str, Any]:
    return {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(values)}}


def entry(address: str, **more: Any) -> dict[str, Any]:
    return {"Destination": {"ToAddresses": [address]}, **more}


def statuses(results: list[dict[str, str]]) -> list[str]:
    return [result["Status"] for result in results]


def test_a_simple_email_arrives_as_it_was_sent(ses: Any, mailbox: Any) -> None:
    ses.create_configuration_set(ConfigurationSetName="news")
    sent = ses.send_email(
        FromEmailAddress='"The List" <news@example.com>',
        Destination={"ToAddresses": ["Ann <ann@example.org>"], "CcAddresses": ["bob@example.org"]},
        ReplyToAddresses=["desk@example.com"],
        Content={
            "Simple": {
                "Subject": {"Data": "Grüße"},
                "Body": {"Text": {"Data": "text"}, "Html": {"Data": "<p>html</p>"}},
                "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u>"}],
            }
        },
        EmailTags=[{"Name": "campaign", "Value": "c-1"}],
        ConfigurationSetName="news",
    )
    (mail,) = mailbox.messages()

    assert mail["id"] == sent["MessageId"]
    assert mail["to"] == ["ann@example.org", "bob@example.org"]
    assert mail["from"] == '"The List" <news@example.com>'
    assert (mail["subject"], mail["text"], mail["html"]) == ("Grüße", "text", "<p>html</p>")
    assert mail["headers"]["To"] == "Ann <ann@example.org>"
    assert mail["headers"]["Reply-To"] == "desk@example.com"
    assert mail["headers"]["List-Unsubscribe"] == "<https://example.com/u>"
    assert mail["tags"] == {"campaign": "c-1"}
    assert mail["configuration_set"] == "news"
    assert mail["sent_at"].endswith("Z")


def test_a_templated_email_is_rendered_for_its_recipient(mailbox: Any, greeting: str, send: Any) -> None:
    send(Content={"Template": {"TemplateName": greeting, "TemplateData": '{"name": "Ann & Co"}'}})
    (mail,) = mailbox.messages()
    assert (mail["subject"], mail["html"]) == ("Hi Ann & Co", "<p>Hello Ann & Co</p>")


def test_a_template_can_be_named_by_its_arn(mailbox: Any, greeting: str, send: Any) -> None:
    arn = f"arn:aws:ses:us-east-1:000000000000:template/{greeting}"
    send(Content={"Template": {"TemplateArn": arn, "TemplateData": '{"name": "Ann"}'}})
    assert mailbox.messages()[0]["subject"] == "Hi Ann"


def test_inline_template_content_is_limited_to_substitution(ses: Any, mailbox: Any, send: Any) -> None:
    def inline(text: str) -> dict[str, Any]:
        content = {"Subject": "s", "Text": text}
        return {"Template": {"TemplateContent": content, "TemplateData": '{"name": "Ann"}'}}

    send(Content=inline("Hello {{name}}"))
    assert mailbox.messages()[0]["text"] == "Hello Ann"
    with pytest.raises(ses.exceptions.BadRequestException, match="simple substitution"):
        send(Content=inline("{{#if name}}Hello{{/if}}"))


def test_a_raw_email_keeps_its_headers_and_goes_to_those_it_names(ses: Any, mailbox: Any) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Bcc"] = "news@example.com", "Ann <ann@example.org>", "bob@example.org"
    message["Subject"], message["X-Mine"] = "Grüße", "kept"
    message.set_content("text")
    message.add_alternative("<p>html</p>", subtype="html")
    ses.send_email(Content={"Raw": {"Data": bytes(message)}})
    (mail,) = mailbox.messages()

    assert mail["to"] == ["ann@example.org", "bob@example.org"]
    assert (mail["subject"], mail["text"], mail["html"]) == ("Grüße", "text\n", "<p>html</p>\n")
    assert mail["headers"]["X-Mine"] == "kept"
    assert "Bcc" not in mail["headers"]


def test_a_bulk_mail_merges_default_and_replacement_data_deeply(ses: Any, mailbox: Any, send_bulk: Any) -> None:
    content = {"Subject": "{{title}}", "Text": "{{who.first}} {{who.last}}"}
    ses.create_email_template(TemplateName="deep", TemplateContent=content)
    default = {"TemplateName": "deep", "TemplateData": '{"title": "T", "who": {"first": "A", "last": "B"}}'}
    entries = [
        entry("ann@example.org"),
        entry("bob@example.org", ReplacementEmailContent=template_data(who={"first": "Bob"})),
    ]
    send_bulk(entries=entries, DefaultContent={"Template": default})
    assert [(mail["subject"], mail["text"]) for mail in mailbox.messages()] == [("T", "A B"), ("T", "Bob B")]


def test_a_bulk_entry_replaces_headers_and_tags_by_name(mailbox: Any, greeting: str, send_bulk: Any) -> None:
    default = {
        "TemplateName": greeting,
        "TemplateData": '{"name": "friend"}',
        "Headers": [{"Name": "X-Kept", "Value": "default"}, {"Name": "List-Unsubscribe", "Value": "<https://d>"}],
    }
    replaced = entry(
        "ann@example.org",
        ReplacementHeaders=[{"Name": "list-unsubscribe", "Value": "<https://ann>"}],
        ReplacementTags=[{"Name": "batch", "Value": "2"}],
    )
    tags = [{"Name": "batch", "Value": "1"}, {"Name": "campaign", "Value": "c"}]
    send_bulk(entries=[replaced, entry("bob@example.org")], DefaultContent={"Template": default}, DefaultEmailTags=tags)
    ann, bob = mailbox.messages()

    assert ann["headers"]["list-unsubscribe"] == "<https://ann>"
    assert "List-Unsubscribe" not in ann["headers"]
    assert ann["headers"]["X-Kept"] == "default"
    assert ann["tags"] == {"batch": "2", "campaign": "c"}
    assert bob["headers"]["List-Unsubscribe"] == "<https://d>"
    assert bob["tags"] == {"batch": "1", "campaign": "c"}


def test_each_bulk_entry_has_its_own_result(mailbox: Any, send_bulk: Any) -> None:
    tagged = entry("cat@example.org", ReplacementTags=[{"Name": "no spaces", "Value": "x"}])
    broken = entry("dan@example.org", ReplacementEmailContent={"ReplacementTemplate": {"ReplacementTemplateData": "{"}})
    results = send_bulk(entries=[entry("ann@example.org"), entry("not an address"), tagged, broken])

    assert statuses(results) == ["SUCCESS", "INVALID_PARAMETER", "INVALID_PARAMETER", "INVALID_PARAMETER"]
    assert all(result.get("Error") for result in results[1:])
    assert [mail["id"] for mail in mailbox.messages()] == [results[0]["MessageId"]]
    assert mailbox.counters()["rejected"] == 3


def test_an_email_keeps_the_template_version_it_was_sent_with(
    ses: Any, mailbox: Any, greeting: str, send_bulk: Any
) -> None:
    send_bulk("ann@example.org")
    ses.update_email_template(TemplateName=greeting, TemplateContent={"Subject": "Changed", "Text": "changed"})
    ses.delete_email_template(TemplateName=greeting)
    assert mailbox.messages()[0]["subject"] == "Hi friend"


def test_at_most_fifty_entries_go_in_a_bulk_call(ses: Any, mailbox: Any, send_bulk: Any) -> None:
    fifty = [f"p{number}@example.org" for number in range(50)]
    assert statuses(send_bulk(*fifty)) == ["SUCCESS"] * 50
    with pytest.raises(ses.exceptions.BadRequestException, match="50"):
        send_bulk(*fifty, "one-more@example.org")
    assert len(mailbox.messages()) == 50


def test_an_unknown_template_refuses_the_call(ses: Any, send: Any, send_bulk: Any) -> None:
    content = {"Template": {"TemplateName": "nothing", "TemplateData": "{}"}}
    with pytest.raises(ses.exceptions.NotFoundException, match="nothing"):
        send(Content=content)
    with pytest.raises(ses.exceptions.NotFoundException, match="nothing"):
        send_bulk("ann@example.org", DefaultContent=content)


def test_an_unknown_configuration_set_refuses_the_call(ses: Any, send: Any, send_bulk: Any) -> None:
    with pytest.raises(ses.exceptions.NotFoundException, match="nothing"):
        send(ConfigurationSetName="nothing")
    with pytest.raises(ses.exceptions.NotFoundException, match="nothing"):
        send_bulk("ann@example.org", ConfigurationSetName="nothing")


def test_the_identitys_configuration_set_is_the_default(ses: Any, mailbox: Any, listening: str, send: Any) -> None:
    ses.put_email_identity_configuration_set_attributes(EmailIdentity="example.com", ConfigurationSetName=listening)
    send()
    assert mailbox.messages()[0]["configuration_set"] == listening


@pytest.mark.parametrize("sender", ["news@unknown.example", "news@notexample.com", "x@com"])
def test_an_unverified_sender_is_rejected(ses: Any, send: Any, send_bulk: Any, sender: str) -> None:
    with pytest.raises(ses.exceptions.ClientError) as single:
        send(FromEmailAddress=sender)
    with pytest.raises(ses.exceptions.ClientError) as bulk:
        send_bulk("ann@example.org", FromEmailAddress=sender)
    codes = {error.value.response["Error"]["Code"] for error in (single, bulk)}
    assert codes == ({"BadRequestException"} if sender == "x@com" else {"MessageRejected"})


def test_a_sender_whose_verification_is_pending_is_shown_so_and_rejected(ses: Any, mailbox: Any, send: Any) -> None:
    mailbox.behave(unverified_identities=["example.*"])
    shown = ses.get_email_identity(EmailIdentity="example.com")
    assert (shown["VerifiedForSendingStatus"], shown["VerificationStatus"]) == (False, "PENDING")
    assert shown["DkimAttributes"]["Status"] == "PENDING"
    assert [one["VerificationStatus"] for one in ses.list_email_identities()["EmailIdentities"]] == ["PENDING"]
    with pytest.raises(ses.exceptions.MessageRejected):
        send()
    mailbox.behave(unverified_identities=[])
    assert ses.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"] == "SUCCESS"
    assert send()


def test_a_domain_covers_subdomains_and_an_address_its_labels(ses: Any, send: Any) -> None:
    ses.create_email_identity(EmailIdentity="me@example.net")
    assert send(FromEmailAddress="news@mail.example.com")
    assert send(FromEmailAddress="me+list@example.net")
    with pytest.raises(ses.exceptions.MessageRejected):
        send(FromEmailAddress="you@example.net")


@pytest.mark.parametrize(
    "address",
    [
        "plain",
        "a@b",
        "a b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "ä@example.org",
        "a@example.org, b@example.org",
    ],
)
def test_an_address_ses_would_not_accept_is_refused(ses: Any, mailbox: Any, send: Any, address: str) -> None:
    with pytest.raises(ses.exceptions.BadRequestException):
        send(address)
    assert mailbox.messages() == []


@pytest.mark.parametrize(
    "sender", ["Grüße <news@example.com>", "List, Inc <news@example.com>", '"x\r\nBcc: a@b.de" <news@example.com>']
)
def test_a_display_name_must_be_ascii_and_quoted(ses: Any, send: Any, sender: str) -> None:
    with pytest.raises(ses.exceptions.BadRequestException):
        send(FromEmailAddress=sender)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Split", "a\r\nBcc: b@example.org"),
        ("X-Umlaut", "ä"),
        ("X Space", "a"),
        ("X:Colon", "a"),
        ("X-Long", "x" * 996),
        ("X" * 127, "a"),
        ("X-Sum", "x" * 992),
        ("Subject", "mine"),
        ("from", "me@example.com"),
        ("Return-Path", "me@example.com"),
    ],
)
def test_a_header_outside_the_limits_is_refused(
    ses: Any, mailbox: Any, send_bulk: Any, send: Any, name: str, value: str
) -> None:
    headers = [{"Name": name, "Value": value}]
    simple = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}, "Headers": headers}
    with pytest.raises(ses.exceptions.BadRequestException):
        send(Content={"Simple": simple})
    try:
        results = send_bulk(entries=[entry("ann@example.org", ReplacementHeaders=headers)])
    except ses.exceptions.BadRequestException:
        results = [{"Status": "INVALID_PARAMETER"}]
    assert statuses(results) == ["INVALID_PARAMETER"]
    assert mailbox.messages() == []


def test_at_most_fifteen_headers_are_accepted(ses: Any, send_bulk: Any) -> None:
    headers = [{"Name": f"X-{number}", "Value": "v"} for number in range(15)]
    assert statuses(send_bulk(entries=[entry("a@example.org", ReplacementHeaders=headers)])) == ["SUCCESS"]
    with pytest.raises(ses.exceptions.BadRequestException, match="length less than or equal to 15"):
        send_bulk(entries=[entry("a@example.org", ReplacementHeaders=[*headers, {"Name": "X", "Value": "v"}])])


def test_a_subject_with_line_breaks_is_refused(ses: Any, mailbox: Any, greeting: str, send: Any) -> None:
    body = {"Text": {"Data": "t"}}
    with pytest.raises(ses.exceptions.BadRequestException, match="control characters"):
        send(Content={"Simple": {"Subject": {"Data": "Hi\r\nBcc: b@example.org"}, "Body": body}})
    injected = json.dumps({"name": "Ann\r\nBcc: b@example.org"})
    send(Content={"Template": {"TemplateName": greeting, "TemplateData": injected}})
    assert mailbox.messages() == []
    assert mailbox.counters()["failed"] == 1


@pytest.mark.parametrize(
    "tag", [{"Name": "a b", "Value": "c"}, {"Name": "a", "Value": "ü"}, {"Name": "a" * 257, "Value": "b"}]
)
def test_a_tag_outside_the_rules_is_refused(ses: Any, send: Any, tag: dict[str, str]) -> None:
    with pytest.raises(ses.exceptions.BadRequestException, match="Invalid tag"):
        send(EmailTags=[tag])


def test_what_an_email_is_tagged_with_for_feedback_comes_first_in_its_header(mailbox: Any, send: Any) -> None:
    named = [{"Name": "ses:feedback-id-b", "Value": "news"}, {"Name": "ses:feedback-id-a", "Value": "c-1"}]
    send(EmailTags=named)
    send()
    raw = b"From: letters@example.com\r\nTo: ann@example.org\r\nFeedback-ID: mine\r\n\r\nHello"
    send(Content={"Raw": {"Data": raw}}, EmailTags=named)
    headers = [mail["headers"]["Feedback-ID"] for mail in mailbox.messages()]
    assert headers == ["c-1:news:1.us-east-1.local:AmazonSES", "1.us-east-1.local:AmazonSES", headers[0]]


def test_a_paused_account_refuses_to_send(ses: Any, send: Any, send_bulk: Any) -> None:
    ses.put_account_sending_attributes(SendingEnabled=False)
    with pytest.raises(ses.exceptions.SendingPausedException):
        send()
    with pytest.raises(ses.exceptions.SendingPausedException):
        send_bulk("ann@example.org")
    ses.put_account_sending_attributes(SendingEnabled=True)
    assert send()


def test_a_paused_configuration_set_refuses_to_send(ses: Any, listening: str, send: Any) -> None:
    ses.put_configuration_set_sending_options(ConfigurationSetName=listening, SendingEnabled=False)
    with pytest.raises(ses.exceptions.SendingPausedException):
        send(ConfigurationSetName=listening)


def test_what_the_stand_in_lacks_is_refused_by_name(ses: Any, send: Any) -> None:
    with pytest.raises(ses.exceptions.ClientError, match="TenantName"):
        send(TenantName="tenant")
    attachment = {"FileName": "a.txt", "RawContent": b"a"}
    simple = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}, "Attachments": [attachment]}
    with pytest.raises(ses.exceptions.ClientError, match="Attachments"):
        send(Content={"Simple": simple})
