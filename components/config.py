"""The stack's configuration, read and checked once, before anything is declared."""

import base64
import difflib
import json
import re
import shlex
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import pulumi
import yaml

from components.packaging import ROOT, SOURCE, TARGETS, Target

T = TypeVar("T")

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs accepts (API reference, PutRetentionPolicy, retentionInDays)."""

MAX_LIST_NAME = 64
MAX_POSTAL_ADDRESS = 300
MAX_ADDRESS = 254
MAX_LOCAL_PART = 64

MAX_TOPICS = 30
"""The sign-up form has a field for each, and a form has at most fifty (`email_list.http`)."""

MAX_ITEMS = 20
"""Of any other list. Many more link keys would exceed the 4 KB of an SSM parameter (API reference,
PutParameter)."""

MAX_TOKENS = 12
"""Of each scope: with their ids, the hashes of all tokens have to fit into one such parameter."""

MAX_SANDBOX_IDENTITIES = 10
"""Each appears in two statements of a policy, which has at most 10,240 characters (IAM quotas, inline policies of a
role)."""

MAX_TOPIC_NAME = 50
MAX_TOPIC_DESCRIPTION = 200
MAX_URL = 500
MAX_DESCRIPTION = 200

QUICKSIGHT_EXAMPLE = "arn:aws:quicksight:eu-west-1:123456789012:user/default/alice"

MAX_FACTOR = 10
"""Of a warm-up, from one day to the next; mailbox providers take doubling for fast."""

MAX_SECRET = 4096
"""Characters of an SSM parameter (API reference, PutParameter: 4 KB)."""

CREDENTIALS = {
    "service_account": ("client_email", "private_key"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}
"""What the two kinds of credentials that Google hands out in JSON must have."""

FILES = {"keptLinkKeys": "link-keys.json", "postmasterCredentials": "key.json"}
"""Secrets that come in files, by the names that the docs give these: Pulumi's prompt takes one line."""

TRACKING = ("nobody", "everybody", "consenting")
SENDER_IDENTITIES = ("create", "existing")

LANGUAGES = ("auto", *sorted(file.stem for file in (SOURCE / "email_list" / "words").glob("*.json")))
"""The languages of pages and emails; `auto` follows the reader's browser."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LOCAL_PART = re.compile(r"[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_ORIGIN = re.compile(rf"(https://{_DOMAIN.pattern}|https?://(localhost|127\.0\.0\.1))(:[0-9]{{1,5}})?")
_QUICKSIGHT_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:quicksight:[a-z0-9-]+:[0-9]{12}:(user|group)/\S+")
_SCHEDULE = re.compile(r"rate\([1-9][0-9]* (minute|hour|day)s?\)|cron\([^ ()]+( [^ ()]+){5}\)")
_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,86}={0,2}")
_KEY_ID = re.compile(r"(?!(true|false)$)[A-Za-z][A-Za-z0-9_-]{0,31}")
"""`pulumi config set --path` stores whole numbers, `true` and `false` as what they look like; the CLI then refuses the
list, whose items are strings."""
_KEY = re.compile(r"[A-Za-z0-9]{32,128}")
_FACTOR = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")
_HOSTED_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")


class ConfigError(pulumi.RunError):
    """The configuration cannot be used; the message lists every wrong key with the command that fixes it."""


class _WrongItem(ValueError):
    """A part of a list or an object is wrong: `path` leads to it, `removed` says that there is one too many, `example`
    would be right if the key's own example is none."""

    def __init__(self, problem: object, path: str, *, removed: bool = False, example: str = "") -> None:
        super().__init__(problem)
        self.path = path
        self.removed = removed
        self.example = example


@dataclass(frozen=True)
class KeptKeys:
    """The keys of a stack before, so that links in its emails go on working: those that sign links, by their ids."""

    link: Mapping[str, pulumi.Output[str]]
    erasure: pulumi.Output[str]


@dataclass(frozen=True)
class WarmUp:
    """How many emails campaigns may send on the first day, and how many times as many on each further one."""

    start: int
    factor: str


@dataclass(frozen=True)
class ListConfig:
    """The configuration of one list.

    `from_address` sends the emails; `sender_domain` is the domain that SES verifies for it, or None if SES verifies
    only the address. Of the ids in `link_keys` and in `admin_tokens`, the last is the current one.
    """

    from_address: str
    sender_domain: str | None
    sender_identity: str
    list_name: str
    postal_address: str
    reply_to: str | None
    double_opt_in: bool
    goodbye_mail: bool
    cors_origins: tuple[str, ...]
    log_retention_days: int
    deletion_protection: bool
    link_domain: str | None
    link_domain_attached: bool
    tracking_domain: str | None
    tracking_domain_attached: bool
    mail_from_domain: str | None
    hosted_zone_id: str | None
    link_keys: tuple[str, ...]
    kept_link_keys: KeptKeys | None
    admin_tokens: tuple[str, ...]
    write_tokens: tuple[str, ...]
    read_only_tokens: tuple[str, ...]
    bundle_target: Target
    topics: tuple[dict[str, str], ...]
    language: str
    time_zone: str
    accent_color: str
    privacy_url: str | None
    logo_url: str | None
    website_url: str | None
    description: str | None
    pictures: bool
    archive: bool
    archive_noindex: bool
    forget_unsubscribed_after_days: int
    confirmation_cooldown_minutes: int
    signups_per_ip_and_hour: int
    confirmations_per_hour: int
    confirmations_per_day: int
    reserved_for_leaving: int
    send_concurrency: int
    schedule_lateness_minutes: int
    warm_up: WarmUp | None
    settlement_grace_seconds: int
    delivery_events: bool
    track_engagement: str
    soft_bounces_in_a_row: int
    max_bounce_percent: float
    max_complaint_percent: float
    rate_minimum_mails: int
    postmaster_credentials: pulumi.Output[str] | None
    alarm_email: str | None
    monthly_budget: int
    report_recipients: tuple[str, ...]
    sandbox_identities: tuple[str, ...]
    report_schedule: str
    quicksight_principal: str | None
    webhook_url: str | None
    webhook_secret: pulumi.Output[str] | None
    captcha_site_key: str | None
    captcha_secret: pulumi.Output[str] | None

    @classmethod
    def load(cls, stack_config: pulumi.Config) -> "ListConfig":
        """Read the stack's configuration; ConfigError lists everything that is wrong with it.

        Defaults are declared only in `Pulumi.yaml`: Pulumi fills them in before the program runs.
        """
        keys = _Keys(stack_config)
        from_address, sender_domain = _sender(keys)
        config = cls(
            from_address=from_address,
            sender_domain=sender_domain,
            sender_identity=keys.required("senderIdentity", _one_of(SENDER_IDENTITIES), "create"),
            list_name=keys.required("listName", _list_name, "Friends of the Museum"),
            postal_address=keys.required("postalAddress", _postal_address, "Museum, 1 High Street, 12345 Town"),
            reply_to=keys.optional("replyTo", _address, "office@example.org"),
            double_opt_in=keys.required("doubleOptIn", _boolean, "true"),
            goodbye_mail=keys.required("goodbyeMail", _boolean, "true"),
            cors_origins=keys.required("corsOrigins", _list_of(_origin), "https://www.example.org", "[0]"),
            log_retention_days=keys.required("logRetentionDays", _log_retention_days, "30"),
            deletion_protection=keys.required("deletionProtection", _boolean, "true"),
            link_domain=keys.optional("linkDomain", _domain, "news.example.org"),
            link_domain_attached=keys.required("linkDomainAttached", _boolean, "true"),
            tracking_domain=keys.optional("trackingDomain", _domain, "click.example.org"),
            tracking_domain_attached=keys.required("trackingDomainAttached", _boolean, "true"),
            mail_from_domain=keys.optional("mailFromDomain", _domain, "bounce.example.org"),
            hosted_zone_id=keys.optional("hostedZoneId", _hosted_zone_id, "Z0123456789ABCDEFGHIJ"),
            link_keys=keys.required("linkKeys", _ids(MAX_ITEMS, least=1), "first", "[0]"),
            kept_link_keys=_kept_keys(keys),
            admin_tokens=keys.required("adminTokens", _ids(MAX_TOKENS, least=1), "first", "[0]"),
            write_tokens=keys.required("writeTokens", _ids(MAX_TOKENS), "editor", "[0]"),
            read_only_tokens=keys.required("readOnlyTokens", _ids(MAX_TOKENS), "dashboard", "[0]"),
            bundle_target=keys.required("bundleTarget", _target, "aws"),
            topics=keys.required("topics", _topics, "News", "[0].name"),
            language=keys.required("language", _one_of(LANGUAGES), "en"),
            time_zone=keys.required("timeZone", _time_zone, "Europe/Berlin"),
            accent_color=keys.required("accentColor", _color, "#1a5fb4"),
            privacy_url=keys.optional("privacyUrl", _url, "https://www.example.org/privacy"),
            logo_url=keys.optional("logoUrl", _https_url, "https://www.example.org/logo.png"),
            website_url=keys.optional("websiteUrl", _url, "https://www.example.org"),
            description=keys.optional("description", _description, "What is on at the museum, once a month."),
            pictures=keys.required("pictures", _boolean, "true"),
            archive=keys.required("archive", _boolean, "true"),
            archive_noindex=keys.required("archiveNoindex", _boolean, "true"),
            forget_unsubscribed_after_days=keys.required("forgetUnsubscribedAfterDays", _whole_number(0, 3650), "730"),
            confirmation_cooldown_minutes=keys.required(
                "confirmationCooldownMinutes", _whole_number(1, 7 * 24 * 60), "15"
            ),
            signups_per_ip_and_hour=keys.required("signupsPerIpAndHour", _whole_number(1, 1_000_000), "20"),
            confirmations_per_hour=keys.required("confirmationsPerHour", _whole_number(1, 10_000_000), "1000"),
            confirmations_per_day=keys.required("confirmationsPerDay", _whole_number(1, 10_000_000), "5000"),
            reserved_for_leaving=keys.required("reservedForLeaving", _whole_number(0, 1000), "0"),
            send_concurrency=keys.required("sendConcurrency", _whole_number(2, 1000), "2"),
            schedule_lateness_minutes=keys.required("scheduleLatenessMinutes", _whole_number(1, 7 * 24 * 60), "60"),
            warm_up=keys.optional("warmUp", _warm_up, "1000", ".start"),
            settlement_grace_seconds=keys.required("settlementGraceSeconds", _whole_number(20, 900), "300"),
            delivery_events=keys.required("deliveryEvents", _boolean, "true"),
            track_engagement=keys.required("trackEngagement", _tracking, "everybody"),
            soft_bounces_in_a_row=keys.required("softBouncesInARow", _whole_number(1, 100), "5"),
            max_bounce_percent=keys.required("maxBouncePercent", _percent, "4"),
            max_complaint_percent=keys.required("maxComplaintPercent", _percent, "0.08"),
            rate_minimum_mails=keys.required("rateMinimumMails", _whole_number(1, 1_000_000), "500"),
            postmaster_credentials=keys.secret("postmasterCredentials", _postmaster_credentials),
            monthly_budget=_monthly_budget(keys),
            alarm_email=keys.optional("alarmEmail", _address, "office@example.org"),
            report_recipients=keys.required("reportRecipients", _list_of(_address), "office@example.org", "[0]"),
            sandbox_identities=keys.required(
                "sandboxIdentities", _list_of(_identity, MAX_SANDBOX_IDENTITIES), "you@example.org", "[0]"
            ),
            report_schedule=keys.required("reportSchedule", _schedule, "cron(0 7 ? * MON *)"),
            webhook_url=keys.optional("webhookUrl", _webhook_url, "https://example.org/hooks/list"),
            webhook_secret=keys.secret("webhookSecret", _webhook_secrets),
            quicksight_principal=_quicksight(keys),
            captcha_site_key=keys.optional("captchaSiteKey", _captcha_key, "0x4AAAAAAA..."),
            captcha_secret=keys.secret("captchaSecret"),
        )
        _own_domains(keys, config)
        keys.value_and_secret("captchaSiteKey", "captchaSecret", "the captcha", "0x4AAAAAAA...")
        keys.value_and_secret("webhookUrl", "webhookSecret", "a webhook", "https://example.org/hooks/list")
        if config.webhook_url and config.webhook_url.startswith("http:") and config.bundle_target == Target.aws():
            what = "does not begin with https://; only a stack on this machine may do without it"
            keys.problem("webhookUrl", what, keys.command("webhookUrl", "https://example.org/hooks/list"))
        keys.refuse_undeclared()
        keys.raise_problems()
        return config

    @property
    def list_document(self) -> dict[str, Any]:
        """What functions are told about the list, in words of any permitted length (`email_list.settings`)."""
        return {
            "name": self.list_name,
            "postal_address": self.postal_address,
            "sender": self.sender,
            "reply_to": self.reply_to,
            "language": self.language,
            "time_zone": {"name": self.time_zone, "rules": zone_rules(self.time_zone)},
            "accent_color": self.accent_color,
            "privacy_url": self.privacy_url,
            "logo_url": self.logo_url,
            "website_url": self.website_url,
            "description": self.description,
            "archive": self.archive,
            "archive_noindex": self.archive_noindex,
            "topics": self.topics,
            "report_recipients": self.report_recipients,
            "track_engagement": self.track_engagement,
        }

    @property
    def signup_environment(self) -> dict[str, pulumi.Input[str]]:
        """What functions that accept sign-ups are told about the terms."""
        return {
            "DOUBLE_OPT_IN": str(self.double_opt_in).lower(),
            "CONFIRMATION_COOLDOWN_MINUTES": str(self.confirmation_cooldown_minutes),
            "SIGNUPS_PER_IP_AND_HOUR": str(self.signups_per_ip_and_hour),
        }

    @property
    def brake_environment(self) -> dict[str, pulumi.Input[str]]:
        """What functions that send or count confirmations are told of their caps."""
        return {
            "CONFIRMATIONS_PER_HOUR": str(self.confirmations_per_hour),
            "CONFIRMATIONS_PER_DAY": str(self.confirmations_per_day),
        }

    @property
    def engine_environment(self) -> dict[str, pulumi.Input[str]]:
        """The patience of functions that plan, send and control campaigns, and the warm-up that they follow."""
        return {
            "SETTLEMENT_GRACE_SECONDS": str(self.settlement_grace_seconds),
            "SCHEDULE_LATENESS_MINUTES": str(self.schedule_lateness_minutes),
            **self.warm_up_environment,
        }

    @property
    def warm_up_environment(self) -> dict[str, pulumi.Input[str]]:
        """The curve that campaigns follow; nothing without a warm-up."""
        return {"WARM_UP": json.dumps(vars(self.warm_up))} if self.warm_up else {}

    @property
    def cleaning_environment(self) -> dict[str, pulumi.Input[str]]:
        """The limits of the function that reads SES's events; counting soft bounces in a row needs delivery events."""
        soft_bounces = {"SOFT_BOUNCES_IN_A_ROW": str(self.soft_bounces_in_a_row)} if self.delivery_events else {}
        return {
            "MAX_BOUNCE_PERCENT": str(self.max_bounce_percent),
            "MAX_COMPLAINT_PERCENT": str(self.max_complaint_percent),
            "RATE_MINIMUM_MAILS": str(self.rate_minimum_mails),
            **soft_bounces,
        }

    @property
    def captcha_environment(self) -> dict[str, pulumi.Input[str]]:
        """What functions that show the sign-up form are told about the captcha."""
        return {"CAPTCHA_SITE_KEY": self.captcha_site_key} if self.captcha_site_key else {}

    @property
    def host(self) -> str | None:
        """The domain of the list's own that its links name; None as long as it leads nowhere."""
        return self.link_domain if self.hosted_zone_id or self.link_domain_attached else None

    @property
    def identity(self) -> str:
        """What SES verifies: the sender's domain, or else the sender's address."""
        return self.sender_domain or self.from_address

    @property
    def sender(self) -> str:
        """The value of the From header, in ASCII: the list's name and the sender's address."""
        if self.list_name.isascii():
            return formataddr((self.list_name, self.from_address))
        # formataddr encodes a name of any length as one word; RFC 2047 allows 75 characters per word.
        name = Header(self.list_name, "utf-8").encode(linesep="", maxlinelen=75)
        return f"{name} <{self.from_address}>"


def _defaults() -> Mapping[str, str]:
    """The defaults of Pulumi.yaml by key, in the form in which Pulumi hands them to the program."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    values = {key: declaration.get("default", "") for key, declaration in declared.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


class _Keys:
    """Reads configuration keys and collects what is wrong with them.

    A parser takes a key's text and raises ValueError with the rest of the sentence "<key> ...". An example is a valid
    value or, with a `path`, what would be valid at that place inside the value.
    """

    def __init__(self, config: pulumi.Config) -> None:
        self._config = config
        self._defaults = _defaults()
        self._problems: list[str] = []

    def optional(self, key: str, parse: Callable[[str], T], example: str, path: str = "") -> T | None:
        """The parsed value; None if the key is unset, empty, or wrong."""
        text = self.text(key)
        if not text:
            return None
        try:
            return parse(text)
        except _WrongItem as error:
            self.problem(
                key, str(error), self.command(key, "" if error.removed else error.example or example, error.path)
            )
        except ValueError as error:
            self.problem(key, str(error), self.command(key, example, path))
        return None

    def required(self, key: str, parse: Callable[[str], T], example: str, path: str = "") -> T:
        """The parsed value; None only if there is a problem, which `raise_problems` reports before the value is
        used."""
        if not self.is_set(key):
            self.problem(key, "is not set", self.command(key, example, path))
        return cast("T", self.optional(key, parse, example, path))

    def secret(self, key: str, check: Callable[[str], None] | None = None) -> pulumi.Output[str] | None:
        """The value as a secret; None if the key is unset or empty. What `check` raises quotes nothing of it.

        A value stored in plain text is refused here, because `secret: true` in Pulumi.yaml would make the key required.
        """
        if not self.is_set(key):
            return None
        if not pulumi.runtime.is_config_secret(self._config.full_key(key)):
            self.problem(key, "is stored in plain text", self.secret_command(key))
        if check is not None:
            try:
                check(self.text(key))
            except ValueError as error:
                self.problem(key, str(error), self.secret_command(key))
        return self._config.get_secret(key)

    def value_and_secret(self, key: str, secret: str, what: str, example: str) -> None:
        """A key and a secret, each useless without the other."""
        reason = f"is not set; {what} needs {key} and {secret}"
        if self.is_set(key) and not self.is_set(secret):
            self.problem(secret, reason, self.secret_command(secret))
        if self.is_set(secret) and not self.is_set(key):
            self.missing(key, reason, example)

    def is_set(self, key: str) -> bool:
        return self.text(key) != ""

    def problem(self, key: str, what: str, command: str) -> None:
        self._problems.append(f"  {self._config.full_key(key)} {what}.\n      {command}")

    def missing(self, key: str, what: str, example: str) -> None:
        self.problem(key, what, self.command(key, example))

    def superfluous(self, key: str, what: str) -> None:
        self.problem(key, what, self.command(key, ""))

    def refuse_undeclared(self) -> None:
        """Report keys of this program that are set although it has none of that name: Pulumi passes them on unasked."""
        for full_key in sorted({*pulumi.runtime.get_config_env(), *pulumi.runtime.config.CONFIG.get()}):
            namespace, _, key = full_key.partition(":")
            if namespace == self._config.name and key not in self._defaults:
                nearest = [f"; the nearest is {likely}" for likely in difflib.get_close_matches(key, self._defaults, 1)]
                self.superfluous(key, "".join(["is no key of this program", *nearest]))

    @property
    def failed(self) -> bool:
        return bool(self._problems)

    def raise_problems(self) -> None:
        if self.failed:
            raise ConfigError("\n".join(["This stack's configuration is not valid:", *self._problems]))

    def text(self, key: str) -> str:
        """A key's value; for an empty one, which is the same as an unset key, the default of Pulumi.yaml."""
        return (self._config.get(key) or "").strip() or self._defaults[key]

    def command(self, key: str, example: str, path: str = "") -> str:
        """The command that sets a key, or what is at a path inside it, to the example; without one, the command that
        removes it."""
        name = self._config.full_key(key)
        place = f"--path {shlex.quote(name + path)}" if path else name
        return f"pulumi config set {place} {shlex.quote(example)}" if example else f"pulumi config rm {place}"

    def secret_command(self, key: str) -> str:
        """The command that sets a secret; Pulumi prompts for the value, which keeps it out of the shell's history."""
        command = f"pulumi config set --secret {self._config.full_key(key)}"
        return f"{command} < {FILES[key]}" if key in FILES else command


def _sender(keys: _Keys) -> tuple[str, str | None]:
    """The sender's address, and the domain that vouches for it if the stack names one."""
    address = keys.optional("senderEmail", _address, "newsletter@example.org")
    domain = keys.optional("senderDomain", _domain, "example.org")
    local_part = keys.required("senderLocalPart", _local_part, "newsletter")
    if keys.is_set("senderEmail") and keys.is_set("senderDomain"):
        keys.superfluous("senderEmail", "and senderDomain are both set; set only one of them as the sender")
    elif not keys.is_set("senderEmail") and not keys.is_set("senderDomain"):
        keys.missing(
            "senderEmail",
            "is not set, and neither is senderDomain; set one of them as the sender",
            "newsletter@example.org",
        )
    return address or f"{local_part}@{domain}", domain


def _own_domains(keys: _Keys, config: ListConfig) -> None:
    """SES takes a name for bounces, and one for redirects, only below a domain that it verifies."""
    sender = config.sender_domain
    for key, domain, example in (
        ("mailFromDomain", config.mail_from_domain, "bounce"),
        ("trackingDomain", config.tracking_domain, "click"),
    ):
        if domain and sender is None:
            keys.missing("senderDomain", f"is not set; {key} is a name below it", "example.org")
        elif domain and not domain.endswith(f".{sender}"):
            keys.problem(key, f"is {domain!r}, which is not below {sender}", keys.command(key, f"{example}.{sender}"))
    if config.mail_from_domain and config.sender_identity == "existing":
        what = "is set, but senderIdentity is existing: an identity of others keeps its own MAIL FROM domain"
        keys.superfluous("mailFromDomain", what)
    named: dict[str, str] = {}
    for key, domain in (
        ("senderDomain", sender),
        ("linkDomain", config.link_domain),
        ("trackingDomain", config.tracking_domain),
        ("mailFromDomain", config.mail_from_domain),
    ):
        if domain and domain in named:
            keys.superfluous(key, f"is {domain!r}, as is {named[domain]}; each needs a name of its own")
        named.setdefault(domain or "", key)


def _monthly_budget(keys: _Keys) -> int:
    """In US dollars, of which the address of the alarms is told; 0 if there is no budget."""
    budget = keys.required("monthlyBudget", _whole_number(0, 1_000_000), "50")
    if budget and not keys.is_set("alarmEmail"):
        keys.missing("alarmEmail", "is not set; monthlyBudget needs somebody to tell", "office@example.org")
    return budget


def _quicksight(keys: _Keys) -> str | None:
    """Who sees the dashboard in QuickSight; None without a dashboard."""
    wanted = keys.required("quicksight", _boolean, "false")
    principal = keys.optional("quicksightPrincipal", _quicksight_principal, QUICKSIGHT_EXAMPLE)
    if wanted and not keys.is_set("quicksightPrincipal"):
        keys.missing(
            "quicksightPrincipal", "is not set; QuickSight must know who may see the dashboard", QUICKSIGHT_EXAMPLE
        )
    return principal if wanted else None


def _one_line(text: str, longest: int) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise ValueError("contains a line break or another control character; write it on one line")
    if len(text) > longest:
        raise ValueError(f"has {len(text)} characters; {longest} are the most")
    return text


def _list_name(text: str) -> str:
    if set(text) & set('"\\<>'):
        raise ValueError("contains one of the characters \" \\ < >, which a sender's name cannot contain")
    return _one_line(text, MAX_LIST_NAME)


def _postal_address(text: str) -> str:
    return _one_line(text, MAX_POSTAL_ADDRESS)


def _local_part(text: str) -> str:
    if not _LOCAL_PART.fullmatch(text) or len(text) > MAX_LOCAL_PART:
        raise ValueError(f"is {text!r}, which cannot precede the @ of a sender's address")
    return text


def _domain(text: str) -> str:
    domain = text.lower()
    if not _DOMAIN.fullmatch(domain) or len(domain) > MAX_ADDRESS:
        raise ValueError(f"is {text!r}, which is not a domain (write an international domain in its xn-- form)")
    return domain


def _kept_keys(keys: _Keys) -> KeptKeys | None:
    """The keys that the output `link_keys` of another stack gave out."""
    text = keys.secret("keptLinkKeys", _kept_link_keys)
    if text is None or keys.failed:
        return None
    kept = text.apply(json.loads)
    # The ids are no secrets; without them nothing could be declared before the values are known.
    ids = json.loads(keys.text("keptLinkKeys"))["keys"]
    return KeptKeys({id_: kept["keys"][id_] for id_ in ids}, kept["erasure"])


def _hosted_zone_id(text: str) -> str:
    if not _HOSTED_ZONE_ID.fullmatch(text):
        raise ValueError(f"is {text!r}, which is not the id of a hosted zone")
    return text


def _kept_link_keys(text: str) -> None:
    """`{"keys": {id: key}, "erasure": key}`, and whatever else the parameter holds."""
    try:
        kept = json.loads(text)
        ids, values = list(kept["keys"]), [*kept["keys"].values(), kept["erasure"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        ids, values = [], []
    if not ids or not all(_KEY_ID.fullmatch(id_) for id_ in ids) or not all(map(_is_key, values)):
        raise ValueError("is not what pulumi stack output link_keys --show-secrets prints")


def _is_key(value: object) -> bool:
    return isinstance(value, str) and bool(_KEY.fullmatch(value))


def _identity(text: str) -> str:
    return _address(text) if "@" in text else _domain(text)


def _address(text: str) -> str:
    local_part, _, domain = text.rpartition("@")
    try:
        address = f"{_local_part(local_part)}@{_domain(domain)}"
    except ValueError:
        address = ""
    if not address or len(address) > MAX_ADDRESS:
        raise ValueError(f"is {text!r}, which is not an email address")
    return address


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"is {text!r}; it must be true or false")
    return text.lower() == "true"


def _tracking(text: str) -> str:
    """The key was a boolean before it knew consent."""
    return _one_of(TRACKING)({"true": "everybody", "false": "nobody"}.get(text.lower(), text))


def _log_retention_days(text: str) -> int:
    if text not in map(str, LOG_RETENTION_DAYS):
        raise ValueError(f"is {text!r}; CloudWatch offers {', '.join(map(str, LOG_RETENTION_DAYS))}")
    return int(text)


def _target(text: str) -> Target:
    if text not in TARGETS:
        raise ValueError(f"is {text!r}; it must be one of {', '.join(TARGETS)}")
    return TARGETS[text]()


def _warm_up(text: str) -> WarmUp | None:
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise ValueError(f"is {text!r}, which is not an object with start and factor")
    if not given:
        return None
    for unknown in sorted(given.keys() - {"start", "factor"}):
        raise _WrongItem(f"has {unknown!r} in it; it has start and factor", f".{unknown}", removed=True)
    try:
        start = _whole_number(1, 1_000_000)(str(given.get("start", "")))
    except ValueError as error:
        raise _WrongItem(f"has a start that {error}", ".start") from error
    factor = str(given.get("factor", ""))
    if not _FACTOR.fullmatch(factor) or not 1 < float(factor) <= MAX_FACTOR:
        what = f"has a factor that is {factor!r}; it must be a number above 1 and up to {MAX_FACTOR}, such as 1.5"
        raise _WrongItem(what, ".factor", example="1.5")
    return WarmUp(start, factor)


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"is {text!r}; it must be one of {', '.join(choices)}")
        return text

    return parse


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"is {text!r}; it must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = 0.0
    if not 0 < percent <= 100:
        raise ValueError(f"is {text!r}; it must be a percentage above 0 and up to 100")
    return percent


def _time_zone(text: str) -> str:
    if text not in _zones():
        likely = difflib.get_close_matches(text, _zones(), 3, 0.7)
        advice = f"did you mean {' or '.join(likely)}?" if likely else "one looks like Europe/Berlin"
        raise ValueError(f"is {text!r}, which is not a time zone of the IANA database; {advice}")
    return text


@cache
def _zones() -> Sequence[str]:
    return (files("tzdata") / "zones").read_text().split()


def zone_rules(name: str) -> str:
    """The rules of a time zone (RFC 8536) in base64. They travel with the functions' code, since Lambda promises no
    database of its own; they are those of the pinned package, so that they are the same on every machine."""
    return base64.b64encode((files("tzdata") / "zoneinfo" / name).read_bytes()).decode()


def _color(text: str) -> str:
    if not _COLOR.fullmatch(text):
        raise ValueError(f"is {text!r}; a colour looks like #1a5fb4")
    return text.lower()


def _url(text: str) -> str:
    if urlsplit(text).scheme not in ("https", "http") or not urlsplit(text).hostname or " " in text:
        raise ValueError(f"is {text!r}, which is not the address of a web page")
    return _one_line(text, MAX_URL)


def _https_url(text: str) -> str:
    if urlsplit(text).scheme != "https":
        raise ValueError(f"is {text!r}; it begins with https://, or pages and emails would not show it")
    return _url(text)


def _description(text: str) -> str:
    return _one_line(text, MAX_DESCRIPTION)


def _quicksight_principal(text: str) -> str:
    if not _QUICKSIGHT_PRINCIPAL.fullmatch(text):
        raise ValueError(f"is {text!r}, which is not the ARN of a QuickSight user or group")
    return text


def _schedule(text: str) -> str:
    if not _SCHEDULE.fullmatch(text):
        raise ValueError(f"is {text!r}; a schedule looks like cron(0 7 ? * MON *) or rate(7 days)")
    if text.startswith("cron"):
        _minute, _hour, day, _month, weekday, _year = text.removeprefix("cron").strip("()").split()
        if (day == "?") == (weekday == "?"):  # EventBridge user guide, "Schedule patterns", limitations
            raise ValueError(f"is {text!r}; either the day of the month (third) or the weekday (fifth) has to be ?")
    return text


def _webhook_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.fragment or " " in text:
        raise ValueError(f"is {text!r}; an address looks like https://example.org/hooks/list, without user and #")
    return _one_line(text, MAX_URL)


def _postmaster_credentials(text: str) -> None:
    """A service account's key, or a user's who agreed, in Google's JSON (`email_list.deliverability.gmail`)."""
    try:
        given = json.loads(text)
        needed = CREDENTIALS[given["type"]]
    except (ValueError, TypeError, KeyError):
        raise ValueError("is not the JSON of a Google service account's key or of an authorized user") from None
    if missing := [name for name in needed if not isinstance(given.get(name), str) or not given[name]]:
        raise ValueError(f"lacks {', '.join(missing)}, which Google's JSON has")
    if len(text) > MAX_SECRET:
        raise ValueError(f"has {len(text)} characters; {MAX_SECRET} are the most")


def _webhook_secrets(text: str) -> None:
    """One secret, or two while it is being changed (`email_list.webhooks.webhooks`)."""
    secrets = text.split()
    if len(secrets) > 2 or not all(_WEBHOOK_SECRET.fullmatch(secret) for secret in secrets):
        raise ValueError(
            'is not one secret, or two separated by a space; this creates one: echo "whsec_$(openssl rand -base64 32)"'
        )


def _captcha_key(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", text):
        raise ValueError("is not a Cloudflare Turnstile site key")
    return text


def _topics(text: str) -> tuple[dict[str, str], ...]:
    checked = tuple(_topic(topic, f"[{index}]") for index, topic in enumerate(_items(text, MAX_TOPICS)))
    # Audiences take them for the same.
    _no_duplicates([topic["name"] for topic in checked], str.casefold)
    return checked


def _topic(topic: object, path: str) -> dict[str, str]:
    if not isinstance(topic, dict) or not set(topic) <= {"name", "description"}:
        what = f"has {topic!r} in it; a topic has a name and, optionally, a description"
        raise _WrongItem(what, path, removed=True)
    try:
        name = _one_line(str(topic.get("name") or "").strip(), MAX_TOPIC_NAME)
        if not name or "|" in name:
            raise ValueError(f"has a topic named {name!r}; a name is not empty and contains no |")
    except ValueError as error:
        raise _WrongItem(error, f"{path}.name") from error
    try:
        description = _one_line(str(topic.get("description") or ""), MAX_TOPIC_DESCRIPTION)
    except ValueError as error:
        raise _WrongItem(error, f"{path}.description") from error
    return {"name": name, "description": description}


def _list_of(parse: Callable[[str], T], most: int = MAX_ITEMS) -> Callable[[str], tuple[T, ...]]:
    def parse_item(item: object, index: int) -> T:
        try:
            return parse(str(item))
        except ValueError as error:
            raise _WrongItem(error, f"[{index}]") from error

    return lambda text: tuple(parse_item(item, index) for index, item in enumerate(_items(text, most)))


def _items(text: str, most: int) -> list[object]:
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, list):
        raise ValueError(f"is {text!r}, which is not a list")
    if len(items) > most:
        raise _WrongItem(f"has {len(items)} items; {most} are the most", f"[{most}]", removed=True)
    return items


def _no_duplicates(values: Sequence[str], key: Callable[[str], str] = str) -> None:
    for index, value in enumerate(values):
        if key(value) in map(key, values[:index]):
            raise _WrongItem(f"has {value!r} in it twice", f"[{index}]", removed=True)


def _origin(text: str) -> str:
    origin = text.lower()
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(f"has {text!r} in it, which is not a website's origin (https://, a host, no path)")
    return origin


def _key_id(text: str) -> str:
    if not _KEY_ID.fullmatch(text):
        raise ValueError(f"has {text!r} in it; an id begins with a letter and has up to 32 letters, digits, - and _")
    return text


def _ids(most: int, *, least: int = 0) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        ids = _list_of(_key_id, most)(text)
        _no_duplicates(ids)
        if len(ids) < least:
            raise ValueError("is empty; it must name at least one id")
        return ids

    return parse
