"""Reading the stack's configuration."""

from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pulumi
import pytest
import yaml

from components.config import LOG_RETENTION_DAYS, ConfigError, ListConfig
from components.packaging import Target
from local.project import load_project

ROOT = Path(__file__).resolve().parents[3]


def load(**changes: str) -> ListConfig:
    """The dev stack's configuration with changes, read as the program reads it."""
    pulumi.runtime.set_all_config(dict(load_project(ROOT, "dev", changes).config))
    return ListConfig.load(pulumi.Config("email-list"))


def refusal(**changes: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load(**changes)
    return str(refused.value)


def test_the_dev_stack_needs_nothing_but_a_sender_a_name_and_an_address() -> None:
    assert load() == ListConfig(
        from_address="newsletter@example.com",
        sender_domain=None,
        list_name="Example Newsletter (dev)",
        postal_address="Example Association, 1 Example Street, 12345 Example Town",
        reply_to=None,
        double_opt_in=True,
        cors_origins=(),
        log_retention_days=30,
        deletion_protection=False,
        link_keys=("1",),
        admin_tokens=("1",),
        bundle_target=Target.aws(),
    )


def test_every_key_can_be_set() -> None:
    config = load(
        senderEmail="",
        senderDomain="Example.ORG",
        senderLocalPart="post",
        listName="Freunde des Museums",
        postalAddress="Museum, Hauptstraße 1, 12345 Stadt",
        replyTo="office@example.org",
        doubleOptIn="false",
        corsOrigins='["https://www.example.org", "http://localhost:8000"]',
        logRetentionDays="365",
        deletionProtection="true",
        linkKeys='["1", "2026-11"]',
        adminTokens='["a", "b"]',
        bundleTarget="host",
    )
    assert config == ListConfig(
        from_address="post@example.org",
        sender_domain="example.org",
        list_name="Freunde des Museums",
        postal_address="Museum, Hauptstraße 1, 12345 Stadt",
        reply_to="office@example.org",
        double_opt_in=False,
        cors_origins=("https://www.example.org", "http://localhost:8000"),
        log_retention_days=365,
        deletion_protection=True,
        link_keys=("1", "2026-11"),
        admin_tokens=("a", "b"),
        bundle_target=Target.host(),
    )


def test_ses_verifies_the_domain_where_there_is_one_and_else_the_address() -> None:
    assert load().identity == "newsletter@example.com"
    assert load(senderEmail="", senderDomain="example.org").identity == "example.org"


@pytest.mark.parametrize(
    ("key", "value", "reason", "command"),
    [
        ("senderEmail", "", "is not set and neither is senderDomain", "senderEmail newsletter@example.org"),
        ("senderEmail", "newsletter", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderEmail", "a@b@example.org", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderEmail", "a@example.org\r\nBcc: x@y.org", "is not an email", "senderEmail newsletter@example.org"),
        ("senderEmail", "ä@example.org", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderEmail", "a@" + "b" * 250 + ".org", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderDomain", "https://example.org", "is not a domain", "senderDomain example.org"),
        ("senderDomain", "exämple.org", "in its xn-- form", "senderDomain example.org"),
        ("senderLocalPart", "news letter", "cannot stand before the @", "senderLocalPart newsletter"),
        ("senderLocalPart", "", "is not set", "senderLocalPart newsletter"),
        ("listName", "", "is not set", "listName 'Friends of the Museum'"),
        ("listName", "   ", "is not set", "listName 'Friends of the Museum'"),
        ("listName", 'News" <evil@example.org>', "has one of the characters", "listName 'Friends of the Museum'"),
        ("listName", "News\nBcc: x@example.org", "control character", "listName 'Friends of the Museum'"),
        ("listName", "News\u2028letter", "control character", "listName 'Friends of the Museum'"),
        ("listName", "x" * 65, "has 65 characters; 64 are the most", "listName 'Friends of the Museum'"),
        ("postalAddress", "", "is not set", "postalAddress 'Museum, 1 High Street, 12345 Town'"),
        ("postalAddress", "Museum\n1 High Street", "in one line", "postalAddress 'Museum, 1 High Street, 12345 Town'"),
        ("postalAddress", "x" * 301, "300 are the most", "postalAddress 'Museum, 1 High Street, 12345 Town'"),
        ("replyTo", "nobody", "is not an email address", "replyTo office@example.org"),
        ("doubleOptIn", "yes", "it is true or false", "doubleOptIn true"),
        ("deletionProtection", "on", "it is true or false", "deletionProtection true"),
        ("logRetentionDays", "31", "CloudWatch offers 1, 3, 5, 7, 14, 30", "logRetentionDays 30"),
        ("logRetentionDays", "a month", "CloudWatch offers", "logRetentionDays 30"),
        ("bundleTarget", "lambda", "it is one of aws, host", "bundleTarget aws"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_the_reason_and_the_command_that_mends_it(
    key: str, value: str, reason: str, command: str
) -> None:
    message = refusal(**{key: value})
    assert f"email-list:{key} " in message
    assert reason in message
    assert f"pulumi config set email-list:{command}" in message


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("corsOrigins", "https://www.example.org", "is not a list"),
        ("corsOrigins", '["*"]', "is not a web site's origin"),
        ("corsOrigins", '["http://www.example.org"]', "is not a web site's origin"),
        ("corsOrigins", '["https://www.example.org/"]', "is not a web site's origin"),
        ("corsOrigins", '["https://user@www.example.org"]', "is not a web site's origin"),
        ("corsOrigins", '["https://www.example.org:https"]', "is not a web site's origin"),
        ("linkKeys", "[]", "is empty; it names at least one id"),
        ("linkKeys", '["1", "1"]', "names an id twice"),
        ("linkKeys", '["a.b"]', "an id is 1 to 32 letters, digits, - and _"),
        ("adminTokens", "[]", "is empty; it names at least one id"),
        ("adminTokens", '{"1": "2"}', "is not a list"),
    ],
)
def test_a_wrong_list_is_refused_with_the_command_that_sets_its_first_item(key: str, value: str, reason: str) -> None:
    message = refusal(**{key: value})
    assert reason in message
    assert f"pulumi config set --path 'email-list:{key}[0]' " in message


def test_two_senders_are_one_too_many() -> None:
    message = refusal(senderDomain="example.org")
    assert "email-list:senderEmail and senderDomain are both set" in message
    assert "pulumi config rm email-list:senderEmail" in message


def test_all_problems_are_told_at_once() -> None:
    message = refusal(senderEmail="", listName="", logRetentionDays="31")
    assert [line.split()[0] for line in message.splitlines() if line.startswith("  email-list:")] == [
        "email-list:senderEmail",
        "email-list:listName",
        "email-list:logRetentionDays",
    ]


def test_a_program_that_refuses_its_configuration_ends_without_a_traceback() -> None:
    assert issubclass(ConfigError, pulumi.RunError)


def test_ids_that_pulumi_stored_as_numbers_are_ids_all_the_same() -> None:
    assert load(linkKeys="[1, 2]").link_keys == ("1", "2")


@pytest.mark.parametrize("days", LOG_RETENTION_DAYS)
def test_every_length_that_cloudwatch_offers_is_accepted(days: int) -> None:
    assert load(logRetentionDays=str(days)).log_retention_days == days


@pytest.mark.parametrize("name", ["News", "Friends, and others", "Freunde für Ästhetik", "読者の会", "ж" * 64])
def test_the_from_header_is_ascii_and_reads_back_as_name_and_address(name: str) -> None:
    sender = load(listName=name).sender
    assert sender.isascii()
    assert all(len(word) <= 75 for word in sender.split() if word.startswith("=?"))
    encoded_name, address = parseaddr(sender)
    assert str(make_header(decode_header(encoded_name))) == name
    assert address == "newsletter@example.com"


def test_pulumi_knows_type_description_and_default_of_every_key() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    for key, declaration in declared.items():
        assert {"type", "description", "default"} <= declaration.keys(), key
        assert ("items" in declaration) == (declaration["type"] == "array"), key


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_the_stacks_in_the_repository_are_configured_correctly(stack: str) -> None:
    pulumi.runtime.set_all_config(dict(load_project(ROOT, stack).config))
    assert ListConfig.load(pulumi.Config("email-list")).list_name
