"""Reading the stack's configuration."""

import asyncio
import json
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pulumi
import pytest
import yaml

from components.config import LANGUAGES, LOG_RETENTION_DAYS, QUICKSIGHT_EXAMPLE, ConfigError, ListConfig, WarmUp
from components.packaging import Target
from local.project import load_project

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """For the outputs that secrets are; since Python 3.14 there is none unless one is made."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def load(**changes: str) -> ListConfig:
    """The dev stack's configuration with changes, read as the program reads it."""
    project = load_project(ROOT, "dev", changes)
    pulumi.runtime.set_all_config(dict(project.config), list(project.secret_keys))
    return ListConfig.load(pulumi.Config("email-list"))


def refusal(**changes: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load(**changes)
    return str(refused.value)


KEYS = [
    ("senderEmail", "News@Example.org", "from_address", "News@example.org"),
    ("senderDomain", "Example.ORG", "sender_domain", "example.org"),
    ("senderIdentity", "existing", "sender_identity", "existing"),
    ("senderLocalPart", "post", "from_address", "post@example.org"),
    ("listName", "Freunde des Museums", "list_name", "Freunde des Museums"),
    ("postalAddress", "Museum, Hauptstraße 1", "postal_address", "Museum, Hauptstraße 1"),
    ("replyTo", "office@example.org", "reply_to", "office@example.org"),
    ("doubleOptIn", "false", "double_opt_in", False),
    ("goodbyeMail", "true", "goodbye_mail", True),
    (
        "corsOrigins",
        '["https://a.org", "http://localhost:8000"]',
        "cors_origins",
        ("https://a.org", "http://localhost:8000"),
    ),
    ("logRetentionDays", "365", "log_retention_days", 365),
    ("deletionProtection", "true", "deletion_protection", True),
    ("linkDomain", "News.example.org", "link_domain", "news.example.org"),
    ("linkDomainAttached", "true", "link_domain_attached", True),
    ("trackingDomainAttached", "true", "tracking_domain_attached", True),
    ("trackingDomain", "", "tracking_domain", None),
    ("mailFromDomain", "", "mail_from_domain", None),
    ("hostedZoneId", "Z0123456789", "hosted_zone_id", "Z0123456789"),
    ("keptLinkKeys", "", "kept_link_keys", None),
    ("linkKeys", '["first", "k2026-11"]', "link_keys", ("first", "k2026-11")),
    ("adminTokens", '["a", "b"]', "admin_tokens", ("a", "b")),
    ("writeTokens", '["a", "b"]', "write_tokens", ("a", "b")),
    ("readOnlyTokens", '["a", "b"]', "read_only_tokens", ("a", "b")),
    ("readOnlyTokens", "[]", "read_only_tokens", ()),
    ("bundleTarget", "host", "bundle_target", Target.host()),
    ("topics", '[{"name": "News"}]', "topics", ({"name": "News", "description": ""},)),
    ("language", "auto", "language", "auto"),
    ("timeZone", "America/Sao_Paulo", "time_zone", "America/Sao_Paulo"),
    ("accentColor", "#AA0000", "accent_color", "#aa0000"),
    ("privacyUrl", "https://example.org/privacy", "privacy_url", "https://example.org/privacy"),
    ("logoUrl", "https://example.org/logo.png", "logo_url", "https://example.org/logo.png"),
    ("websiteUrl", "https://example.org", "website_url", "https://example.org"),
    ("description", "Once a month", "description", "Once a month"),
    ("archive", "true", "archive", True),
    ("archiveNoindex", "true", "archive_noindex", True),
    ("forgetUnsubscribedAfterDays", "365", "forget_unsubscribed_after_days", 365),
    ("pictures", "false", "pictures", False),
    ("confirmationCooldownMinutes", "60", "confirmation_cooldown_minutes", 60),
    ("signupsPerIpAndHour", "5", "signups_per_ip_and_hour", 5),
    ("confirmationsPerHour", "50", "confirmations_per_hour", 50),
    ("monthlyBudget", "20", "monthly_budget", 20),
    ("reservedForLeaving", "5", "reserved_for_leaving", 5),
    ("confirmationsPerDay", "100", "confirmations_per_day", 100),
    ("webhookUrl", "https://example.org/hooks?key=1", "webhook_url", "https://example.org/hooks?key=1"),
    ("captchaSiteKey", "0x4AAA", "captcha_site_key", "0x4AAA"),
    ("sandboxIdentities", '["a@example.org", "Example.org"]', "sandbox_identities", ("a@example.org", "example.org")),
    ("alarmEmail", "office@example.org", "alarm_email", "office@example.org"),
    ("reportRecipients", '["a@example.org", "b@example.org"]', "report_recipients", ("a@example.org", "b@example.org")),
    ("reportSchedule", "rate(7 days)", "report_schedule", "rate(7 days)"),
    ("quicksight", "true", "quicksight_principal", QUICKSIGHT_EXAMPLE),
    ("quicksightPrincipal", QUICKSIGHT_EXAMPLE, "quicksight_principal", None),
    ("sendConcurrency", "7", "send_concurrency", 7),
    ("scheduleLatenessMinutes", "30", "schedule_lateness_minutes", 30),
    ("warmUp", '{"start": 1000, "factor": "1.5"}', "warm_up", WarmUp(1000, "1.5")),
    ("settlementGraceSeconds", "240", "settlement_grace_seconds", 240),
    ("deliveryEvents", "false", "delivery_events", False),
    ("trackEngagement", "consenting", "track_engagement", "consenting"),
    ("softBouncesInARow", "3", "soft_bounces_in_a_row", 3),
    ("maxBouncePercent", "2.5", "max_bounce_percent", 2.5),
    ("maxComplaintPercent", "0.05", "max_complaint_percent", 0.05),
    ("rateMinimumMails", "200", "rate_minimum_mails", 200),
]
"""Every key, a value, and what the program makes of it."""

GOOGLE = json.dumps({"type": "service_account", "client_email": "a@b.iam.example", "private_key": "-----BEGIN..."})
SECRETS = {"captchaSecret", "webhookSecret", "postmasterCredentials"}
WEBHOOK_SECRET = "whsec_" + "A" * 43 + "="
COMPANIONS = {
    "senderDomain": {"senderEmail": ""},
    "senderLocalPart": {"senderEmail": "", "senderDomain": "example.org"},
    "webhookUrl": {"webhookSecret": WEBHOOK_SECRET},
    "captchaSiteKey": {"captchaSecret": "secret"},
    "quicksight": {"quicksightPrincipal": QUICKSIGHT_EXAMPLE},
    "monthlyBudget": {"alarmEmail": "office@example.org"},
}
"""What must be set with a key for the configuration to be whole."""


@pytest.mark.parametrize(("key", "value", "field", "parsed"), KEYS)
def test_every_key_can_be_set(key: str, value: str, field: str, parsed: object) -> None:
    assert getattr(load(**{key: value, **COMPANIONS.get(key, {})}), field) == parsed


def test_no_key_is_forgotten_here() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert {key for key, *_ in KEYS} | SECRETS == set(declared)


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("corsOrigins", "cors_origins"),
        ("doubleOptIn", "double_opt_in"),
        ("senderLocalPart", "from_address"),
        ("language", "language"),
        ("linkKeys", "link_keys"),
        ("maxBouncePercent", "max_bounce_percent"),
        ("sendConcurrency", "send_concurrency"),
        ("topics", "topics"),
    ],
)
def test_an_empty_value_is_the_same_as_an_unset_key(key: str, field: str) -> None:
    domain = {"senderEmail": "", "senderDomain": "example.org"}
    assert getattr(load(**domain, **{key: ""}), field) == getattr(load(**domain), field)


def test_ses_verifies_the_domain_where_there_is_one_and_else_the_address() -> None:
    assert load().identity == "newsletter@example.com"
    assert load(senderEmail="", senderDomain="example.org").identity == "example.org"


@pytest.mark.parametrize(
    ("key", "value", "reason", "command"),
    [
        ("senderEmail", "", "is not set, and neither is senderDomain", "senderEmail newsletter@example.org"),
        ("senderEmail", "newsletter", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderEmail", "a@b@example.org", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderEmail", "a@example.org\r\nBcc: x@y.org", "is not an email", "senderEmail newsletter@example.org"),
        ("senderEmail", "ä@example.org", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderEmail", "a@" + "b" * 250 + ".org", "is not an email address", "senderEmail newsletter@example.org"),
        ("senderDomain", "https://example.org", "is not a domain", "senderDomain example.org"),
        ("timeZone", "Europe/Berln", "did you mean Europe/Berlin", "timeZone Europe/Berlin"),
        ("timeZone", "../../etc/passwd", "is not a time zone", "timeZone Europe/Berlin"),
        ("logoUrl", "http://a.org/logo.png", "begins with https://", "logoUrl https://www.example.org/logo.png"),
        ("websiteUrl", "museum", "is not the address of a web page", "websiteUrl https://www.example.org"),
        ("description", "x" * 201, "200", "description 'What is on at the museum, once a month.'"),
        ("timeZone", "CET+1", "is not a time zone", "timeZone Europe/Berlin"),
        ("senderDomain", "exämple.org", "in its xn-- form", "senderDomain example.org"),
        ("senderIdentity", "import", "it must be one of create, existing", "senderIdentity create"),
        ("senderLocalPart", "news letter", "cannot precede the @", "senderLocalPart newsletter"),
        ("listName", "", "is not set", "listName 'Friends of the Museum'"),
        ("listName", "   ", "is not set", "listName 'Friends of the Museum'"),
        ("listName", 'News" <evil@example.org>', "contains one of the characters", "listName 'Friends of the Museum'"),
        ("listName", "News\nBcc: x@example.org", "control character", "listName 'Friends of the Museum'"),
        ("listName", "News\u2028letter", "control character", "listName 'Friends of the Museum'"),
        ("listName", "x" * 65, "has 65 characters; 64 are the most", "listName 'Friends of the Museum'"),
        ("postalAddress", "", "is not set", "postalAddress 'Museum, 1 High Street, 12345 Town'"),
        ("postalAddress", "Museum\n1 High Street", "on one line", "postalAddress 'Museum, 1 High Street, 12345 Town'"),
        ("postalAddress", "x" * 301, "300 are the most", "postalAddress 'Museum, 1 High Street, 12345 Town'"),
        ("replyTo", "nobody", "is not an email address", "replyTo office@example.org"),
        ("doubleOptIn", "yes", "it must be true or false", "doubleOptIn true"),
        ("deletionProtection", "on", "it must be true or false", "deletionProtection true"),
        ("logRetentionDays", "31", "CloudWatch offers 1, 3, 5, 7, 14, 30", "logRetentionDays 30"),
        ("logRetentionDays", "a month", "CloudWatch offers", "logRetentionDays 30"),
        ("language", "tlh", f"it must be one of {', '.join(LANGUAGES)}", "language en"),
        ("accentColor", "blue", "a colour looks like #1a5fb4", "accentColor '#1a5fb4'"),
        ("privacyUrl", "javascript:alert(1)", "not the address of a web page", "privacyUrl https://"),
        ("forgetUnsubscribedAfterDays", "-1", "a whole number from 0 to 3650", "forgetUnsubscribedAfterDays 730"),
        ("confirmationCooldownMinutes", "0", "a whole number from 1 to 10080", "confirmationCooldownMinutes 15"),
        ("confirmationsPerHour", "0", "a whole number from 1 to 10000000", "confirmationsPerHour 1000"),
        ("confirmationsPerDay", "none", "a whole number from 1 to 10000000", "confirmationsPerDay 5000"),
        ("signupsPerIpAndHour", "many", "a whole number from 1 to 1000000", "signupsPerIpAndHour 20"),
        (
            "captchaSiteKey",
            "0x4AAA",
            "the captcha needs captchaSiteKey and captchaSecret",
            "--secret email-list:captchaSecret",
        ),
        ("warmUp", "fast", "is not an object with start and factor", "--path email-list:warmUp.start 1000"),
        ("warmUp", '{"start": 0, "factor": 2}', "from 1 to 1000000", "--path email-list:warmUp.start 1000"),
        ("warmUp", '{"factor": 2}', "has a start that is ''", "--path email-list:warmUp.start 1000"),
        ("warmUp", '{"start": 9}', "a number above 1 and up to 10", "--path email-list:warmUp.factor 1.5"),
        ("warmUp", '{"start": 9, "factor": 1}', "above 1 and up to 10", "--path email-list:warmUp.factor 1.5"),
        ("warmUp", '{"start": 9, "factor": 11}', "above 1 and up to 10", "--path email-list:warmUp.factor 1.5"),
        ("warmUp", '{"start": 9, "factor": "1e1"}', "above 1 and up to 10", "--path email-list:warmUp.factor 1.5"),
        ("captchaSecret", "secret", "the captcha needs captchaSiteKey and captchaSecret", "captchaSiteKey 0x4"),
        (
            "postmasterCredentials",
            "key",
            "is not the JSON of a Google",
            "--secret email-list:postmasterCredentials < key.json",
        ),
        (
            "postmasterCredentials",
            "[]",
            "is not the JSON of a Google",
            "--secret email-list:postmasterCredentials < key.json",
        ),
        (
            "postmasterCredentials",
            '{"type": "service_account", "client_email": "a@b.example"}',
            "lacks private_key, which Google's JSON has",
            "--secret email-list:postmasterCredentials",
        ),
        (
            "postmasterCredentials",
            json.dumps({**json.loads(GOOGLE), "more": "x" * 4096}),
            "4096 are the most",
            "--secret email-list:postmasterCredentials",
        ),
        ("monthlyBudget", "20", "monthlyBudget needs somebody to tell", "alarmEmail office@example.org"),
        (
            "quicksight",
            "true",
            "QuickSight must know who may see the dashboard",
            "quicksightPrincipal arn:aws:quicksight:",
        ),
        ("quicksightPrincipal", "alice", "not the ARN of a QuickSight user", "quicksightPrincipal arn:aws:quicksight:"),
        ("alarmEmail", "office", "is not an email address", "alarmEmail office@example.org"),
        ("reportSchedule", "cron(0 7 * * MON *)", "the weekday (fifth) has to be ?", "reportSchedule 'cron(0 7"),
        ("reportSchedule", "cron(0 7 ? * ? *)", "the weekday (fifth) has to be ?", "reportSchedule 'cron(0 7"),
        ("reportSchedule", "weekly", "a schedule looks like cron(0 7", "reportSchedule 'cron(0 7"),
        ("bundleTarget", "lambda", "it must be one of aws, host", "bundleTarget aws"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_the_reason_and_the_command_that_fixes_it(
    key: str, value: str, reason: str, command: str
) -> None:
    message = refusal(**{key: value})
    assert key in message
    assert reason in message
    assert f"pulumi config set {command if command.startswith('--') else f'email-list:{command}'}" in message


@pytest.mark.parametrize(
    ("key", "value", "reason", "command"),
    [
        ("corsOrigins", "https://www.example.org", "is not a list", "set 'corsOrigins[0]'"),
        ("corsOrigins", '["*"]', "is not a website's origin", "set 'corsOrigins[0]' https://www.example.org"),
        ("corsOrigins", '["http://www.example.org"]', "is not a website's origin", "set 'corsOrigins[0]'"),
        ("corsOrigins", '["https://www.example.org/"]', "is not a website's origin", "set 'corsOrigins[0]'"),
        ("corsOrigins", '["https://user@www.example.org"]', "is not a website's origin", "set 'corsOrigins[0]'"),
        ("corsOrigins", '["https://www.example.org:https"]', "is not a website's origin", "set 'corsOrigins[0]'"),
        ("reportRecipients", '["a@b.org", "b"]', "is not an email address", "set 'reportRecipients[1]' office@"),
        ("sandboxIdentities", '["a@b@example.org"]', "is not an email address", "set 'sandboxIdentities[0]' you@"),
        ("sandboxIdentities", '["office"]', "is not a domain", "set 'sandboxIdentities[0]' you@"),
        ("linkKeys", "[]", "is empty; it must name at least one id", "set 'linkKeys[0]' first"),
        ("linkKeys", '["a", "b", "a"]', "has 'a' in it twice", "rm 'linkKeys[2]'"),
        ("linkKeys", '["a", "a.b"]', "has 'a.b' in it; an id begins with a letter", "set 'linkKeys[1]' first"),
        ("linkKeys", "[1]", "has '1' in it; an id begins with a letter", "set 'linkKeys[0]' first"),
        ("linkKeys", '["true"]', "has 'true' in it", "set 'linkKeys[0]' first"),
        (
            "reportRecipients",
            json.dumps(["a@b.org"] * 21),
            "has 21 items; 20 are the most",
            "rm 'reportRecipients[20]'",
        ),
        ("sandboxIdentities", json.dumps(["a@b.org"] * 11), "10 are the most", "rm 'sandboxIdentities[10]'"),
        ("adminTokens", "[]", "is empty; it must name at least one id", "set 'adminTokens[0]' first"),
        ("readOnlyTokens", '["a", "a"]', "has 'a' in it twice", "rm 'readOnlyTokens[1]'"),
        ("writeTokens", json.dumps([*"abcdefghijklm"]), "has 13 items; 12 are the most", "rm 'writeTokens[12]'"),
        ("adminTokens", '{"1": "2"}', "is not a list", "set 'adminTokens[0]' first"),
        ("topics", "News", "is not a list", "set 'topics[0].name' News"),
        ("topics", '["News"]', "a topic has a name and, optionally, a description", "rm 'topics[0]'"),
        ("topics", '[{"name": "a"}, {"name": "b", "x": 1}]', "a topic has a name and", "rm 'topics[1]'"),
        ("topics", '[{"name": ""}]', "a name is not empty", "set 'topics[0].name' News"),
        ("topics", '[{"name": "a"}, {"name": "a|b"}]', "contains no |", "set 'topics[1].name' News"),
        ("topics", '[{"name": "a", "description": "b\\nc"}]', "on one line", "set 'topics[0].description' News"),
        ("topics", '[{"name": "News"}, {"name": "News"}]', "has 'News' in it twice", "rm 'topics[1]'"),
        ("topics", '[{"name": "News"}, {"name": "news"}]', "has 'news' in it twice", "rm 'topics[1]'"),
        ("topics", json.dumps([{"name": f"Topic {n}"} for n in range(32)]), "30 are the most", "rm 'topics[30]'"),
    ],
)
def test_a_wrong_list_is_refused_with_the_command_that_fixes_the_item(
    key: str, value: str, reason: str, command: str
) -> None:
    message = refusal(**{key: value})
    assert reason in message
    verb, _, place = command.partition(" '")
    assert f"pulumi config {verb} --path 'email-list:{place}" in message


def test_what_a_warm_up_does_not_have_is_to_be_removed() -> None:
    message = refusal(warmUp='{"start": 9, "factor": 2, "days": 3}')
    assert "warmUp has 'days' in it; it has start and factor" in message
    assert "pulumi config rm --path email-list:warmUp.days" in message
    assert load(warmUp="{}").warm_up is None


def test_a_secret_that_is_stored_in_plain_text_is_refused() -> None:
    project = load_project(ROOT, "dev", {"captchaSiteKey": "0x4AAA", "captchaSecret": "do-not-tell"})
    pulumi.runtime.set_all_config(dict(project.config))
    with pytest.raises(ConfigError) as refused:
        ListConfig.load(pulumi.Config("email-list"))
    assert "captchaSecret is stored in plain text" in str(refused.value)
    assert "pulumi config set --secret email-list:captchaSecret" in str(refused.value)
    assert "do-not-tell" not in str(refused.value)


@pytest.mark.parametrize(
    ("key", "nearest"), [("listname", "; the nearest is listName"), ("reservedRatePercent", ""), ("x", "")]
)
def test_a_key_that_the_program_does_not_have_is_refused(
    key: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"email-list:{key} is no key of this program{nearest}.\n      pulumi config rm email-list:{key}"
    load()
    pulumi.runtime.set_config(f"email-list:{key}", "20")
    pulumi.runtime.set_config("aws:profile", "museum")
    with pytest.raises(ConfigError, match=re.escape(said)):
        ListConfig.load(pulumi.Config("email-list"))
    load()
    # As Pulumi's own language host hands it over
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({f"email-list:{key}": "20"}))
    with pytest.raises(ConfigError, match=re.escape(said)):
        ListConfig.load(pulumi.Config("email-list"))


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
