"""What the program and its functions agree on, each thing declared once: the routes of the API, the names of metrics,
indexes and templates, and the limits of Amazon SES.

Pure data. Both sides import it, and it is packed with the functions' code.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class Access(Enum):
    """What a caller must be allowed to do."""

    PUBLIC = "call"
    READ = "read"
    WRITE = "change people, letters, drafts and imports, and send tests"
    SEND = "send campaigns"
    ADMIN = "erase people, change settings, and see who did what"


SCOPES: Mapping[str, frozenset[Access]] = {
    "full": frozenset({Access.READ, Access.WRITE, Access.SEND, Access.ADMIN}),
    "write": frozenset({Access.READ, Access.WRITE}),
    "read_only": frozenset({Access.READ}),
}
"""What each kind of admin token allows its bearer to do."""


@dataclass(frozen=True)
class Route:
    """A method and path, what it takes to call it, the function that answers, and its operation.

    A parameter `{name+}` at the end of a path stands for the rest of it, including slashes. `query` and `fields` name
    the query parameters and the fields of a JSON body. Any other is refused, except by a `form` or page for people, to
    which links and websites add parameters of their own. `file` is the media type of a body that is not JSON.
    `quiet` marks what the audit leaves out: questions too long for a query, and drafts that save themselves.
    """

    method: str
    path: str
    access: Access
    function: str
    operation: str
    query: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    form: bool = False
    file: str = ""
    quiet: bool = False

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_audited(self) -> bool:
        """Whether it is entered into the audit who called this: an administrator changes something by it."""
        return self.access is not Access.PUBLIC and self.method != "GET" and not self.quiet

    def parameters(self, path: str) -> dict[str, str] | None:
        """The values of this route's parameters in a request's path; None for another route's path."""
        names, values = self.path.lstrip("/").split("/"), path.lstrip("/").split("/")
        if names[-1].endswith("+}"):
            values = [*values[: len(names) - 1], "/".join(values[len(names) - 1 :])]
        if len(names) != len(values):
            return None
        pairs = list(zip(names, values, strict=True))
        if any(value != name and not (name.startswith("{") and value) for name, value in pairs):
            return None
        return {name.strip("{+}"): value.replace("%25", "%") for name, value in pairs if name.startswith("{")}


_PUBLIC, _READ, _WRITE, _SEND, _ADMIN = Access
_PAGE = ("limit", "cursor")
_CSV = ("format", "table")
LETTER = ("subject", "preheader", "body", "html", "text", "message", "template", "values", "defaults", "language")
"""What a letter is written in; its content is exactly one of body, html, message and template."""
_CAMPAIGN = (*LETTER, "audience", "schedule_at", "hold", "public")
_EDIT = ("letter", "audience", "schedule_at", "archived", "public")
_FILTER = ("status", "search", "archived")
_DRAFT = ("title", "letter", "audience")
_PERSON = ("email", "name", "topics", "attributes", "source")
_IMPORT = ("mode", "dry_run", "columns", "status", "name")
_SEGMENT = ("name", "filter")
_SEQUENCE = ("name", "trigger", "filter", "steps", "exit")
_FEED = ("url", "cadence", "template", "segment", "mode")
_FEED_SHOWN = ("id", "status", "title", "created_at", "updated_at", "looked_at", "problem", "items")
_TEMPLATE = ("subject", "preheader", "html", "text", "defaults", "language", "description", "sample", "version")
_SHOWN = ("name", "updated_at", "starter", "variables")
"""What a template is shown with in addition, so that what was read can be sent back unchanged."""

ROUTES = (
    Route("GET", "/subscribe", _PUBLIC, "subscribe", "show_sign_up_form", form=True),
    Route(
        *("POST", "/subscribe", _PUBLIC, "subscribe", "sign_up"),
        fields=(*_PERSON, "tracking", "language", "homepage", "cf-turnstile-response"),
        form=True,
    ),
    Route("GET", "/subscribe/embed", _PUBLIC, "subscribe", "get_embeddable_form", form=True),
    Route("GET", "/confirm", _PUBLIC, "confirm", "show_confirmation_page", form=True),
    Route("POST", "/confirm", _PUBLIC, "confirm", "confirm", form=True),
    Route("GET", "/unsubscribe", _PUBLIC, "unsubscribe", "show_unsubscribe_page", form=True),
    Route("POST", "/unsubscribe", _PUBLIC, "unsubscribe", "unsubscribe", form=True),
    Route("GET", "/preferences", _PUBLIC, "preferences", "show_preferences", form=True),
    Route("POST", "/preferences", _PUBLIC, "preferences", "change_preferences", form=True),
    Route("GET", "/preferences/data", _PUBLIC, "preferences", "show_data_page", form=True),
    Route("POST", "/preferences/data", _PUBLIC, "preferences", "use_data_page", form=True),
    Route("GET", "/archive", _PUBLIC, "archive", "list_archive", query=("cursor",), form=True),
    Route("GET", "/archive/{slug}", _PUBLIC, "archive", "show_issue", form=True),
    Route("GET", "/archive.atom", _PUBLIC, "archive", "get_archive_feed", form=True),
    Route("GET", "/sitemap.xml", _PUBLIC, "archive", "get_sitemap", form=True),
    Route("GET", "/robots.txt", _PUBLIC, "archive", "get_robots", form=True),
    # The console's files hold no data; what they show comes through the admin routes.
    Route("GET", "/console", _PUBLIC, "console", "open_console", form=True),
    Route("GET", "/console/{file+}", _PUBLIC, "console", "get_console_file", form=True),
    Route("GET", "/openapi.json", _PUBLIC, "openapi", "describe_api"),
    Route("GET", "/subscribers", _READ, "list_subscribers", "list_subscribers", query=("status", "search", *_PAGE)),
    Route("POST", "/subscribers", _WRITE, "subscribers", "add_subscriber", fields=_PERSON),
    Route("GET", "/subscribers/{email}", _READ, "subscribers", "get_subscriber"),
    Route(
        *("PATCH", "/subscribers/{email}", _WRITE, "subscribers", "change_subscriber"),
        fields=("name", "topics", "attributes", "status", "acknowledge"),
    ),
    Route("DELETE", "/subscribers/{email}", _ADMIN, "subscribers", "erase_subscriber"),
    Route("GET", "/subscribers/by-id/{id}", _READ, "subscribers", "get_subscriber_by_id"),
    Route(
        *("PATCH", "/subscribers/by-id/{id}", _WRITE, "subscribers", "change_subscriber_by_id"),
        fields=("name", "topics", "attributes", "status", "acknowledge"),
    ),
    Route("DELETE", "/subscribers/by-id/{id}", _ADMIN, "subscribers", "erase_subscriber_by_id"),
    Route("GET", "/subscribers/import", _READ, "subscribers", "list_imports"),
    Route(
        *("POST", "/subscribers/import", _WRITE, "subscribers", "import_subscribers"),
        query=_IMPORT,
        fields=_IMPORT,
        file="text/csv",
    ),
    Route("GET", "/subscribers/import/{id}", _READ, "subscribers", "get_import"),
    Route(
        "POST",
        "/subscribers/export",
        _WRITE,
        "subscribers",
        "export_subscribers",
        fields=("status", "filter", "segment"),
    ),
    Route("GET", "/subscribers/export/{id}", _READ, "subscribers", "get_export"),
    Route("GET", "/campaigns", _READ, "campaigns", "list_campaigns", query=(*_FILTER, *_PAGE)),
    Route("POST", "/campaigns", _SEND, "campaigns", "create_campaign", fields=(*_CAMPAIGN, "draft")),
    Route(
        *("POST", "/campaigns/preflight", _WRITE, "campaigns", "preflight_campaign"),
        fields=(*_CAMPAIGN, "draft"),
        quiet=True,
    ),
    Route("GET", "/campaigns/{id}", _READ, "campaigns", "get_campaign", query=_CSV),
    Route("PATCH", "/campaigns/{id}", _SEND, "campaigns", "edit_campaign", fields=_EDIT),
    Route("POST", "/campaigns/{id}/duplicate", _WRITE, "campaigns", "duplicate_campaign"),
    Route("GET", "/campaigns/{id}/recipients", _READ, "campaigns", "list_recipients", query=("group", *_PAGE)),
    Route("POST", "/campaigns/{id}/pause", _SEND, "campaigns", "pause_campaign"),
    Route("POST", "/campaigns/{id}/resume", _SEND, "campaigns", "resume_campaign"),
    Route("POST", "/campaigns/{id}/cancel", _SEND, "campaigns", "cancel_campaign"),
    Route("GET", "/templates", _READ, "templates", "list_templates", query=_PAGE),
    Route("GET", "/templates/{name}", _READ, "templates", "get_template"),
    Route("PUT", "/templates/{name}", _WRITE, "templates", "save_template", fields=(*_TEMPLATE, *_SHOWN)),
    Route("DELETE", "/templates/{name}", _WRITE, "templates", "delete_template"),
    Route("GET", "/drafts", _READ, "drafts", "list_drafts", query=_PAGE),
    Route("POST", "/drafts", _WRITE, "drafts", "create_draft", fields=_DRAFT),
    Route("GET", "/drafts/{id}", _READ, "drafts", "get_draft"),
    Route("PUT", "/drafts/{id}", _WRITE, "drafts", "save_draft", fields=_DRAFT, quiet=True),
    Route("DELETE", "/drafts/{id}", _WRITE, "drafts", "delete_draft"),
    Route("POST", "/drafts/preview", _WRITE, "drafts", "preview_draft", fields=(*LETTER, "audience"), quiet=True),
    Route("POST", "/drafts/test", _WRITE, "drafts", "test_draft", fields=(*LETTER, "audience", "to")),
    Route("POST", "/drafts/audience", _WRITE, "drafts", "count_audience", fields=("audience",), quiet=True),
    Route("POST", "/pictures", _WRITE, "pictures", "create_picture", fields=("type", "size", "sha256")),
    Route("GET", "/pictures/{id}", _READ, "pictures", "get_picture"),
    Route("DELETE", "/pictures/{id}", _WRITE, "pictures", "delete_picture"),
    Route("GET", "/segments", _READ, "segments", "list_segments", query=_PAGE),
    Route("POST", "/segments", _WRITE, "segments", "create_segment", fields=_SEGMENT),
    Route("GET", "/segments/fields", _READ, "segments", "describe_people"),
    Route("GET", "/segments/{id}", _READ, "segments", "get_segment"),
    Route(
        *("PUT", "/segments/{id}", _WRITE, "segments", "replace_segment"),
        fields=(*_SEGMENT, "id", "created_at", "updated_at"),
    ),
    Route("DELETE", "/segments/{id}", _WRITE, "segments", "delete_segment"),
    Route("POST", "/segments/count", _READ, "segments", "count_segment", fields=("filter", "segment"), quiet=True),
    Route("GET", "/sequences", _READ, "sequences", "list_sequences", query=_PAGE),
    Route("POST", "/sequences", _WRITE, "sequences", "create_sequence", fields=_SEQUENCE),
    Route("GET", "/sequences/{id}", _READ, "sequences", "get_sequence"),
    Route(
        *("PUT", "/sequences/{id}", _SEND, "sequences", "replace_sequence"),
        fields=(*_SEQUENCE, "id", "status", "subjects", "reason", "created_at", "updated_at", "counts", "results"),
    ),
    Route("DELETE", "/sequences/{id}", _SEND, "sequences", "delete_sequence"),
    Route("POST", "/sequences/{id}/activate", _SEND, "sequences", "activate_sequence"),
    Route("POST", "/sequences/{id}/pause", _SEND, "sequences", "pause_sequence"),
    Route("GET", "/sequences/{id}/people", _READ, "sequences", "list_sequence_people", query=("group", *_PAGE)),
    Route("GET", "/feeds", _READ, "feeds", "list_feeds"),
    Route("POST", "/feeds", _SEND, "feeds", "create_feed", fields=_FEED),
    Route("POST", "/feeds/preview", _WRITE, "feeds", "preview_feed", fields=_FEED, quiet=True),
    Route("GET", "/feeds/{id}", _READ, "feeds", "get_feed"),
    Route("PUT", "/feeds/{id}", _SEND, "feeds", "replace_feed", fields=(*_FEED, *_FEED_SHOWN)),
    Route("DELETE", "/feeds/{id}", _SEND, "feeds", "delete_feed"),
    Route("POST", "/feeds/{id}/pause", _SEND, "feeds", "pause_feed"),
    Route("POST", "/feeds/{id}/resume", _SEND, "feeds", "resume_feed"),
    Route("GET", "/analytics", _READ, "analytics", "get_analytics", query=("from", "to", *_CSV)),
    Route("GET", "/deliverability", _READ, "deliverability", "get_deliverability", query=("language",)),
    Route("GET", "/settings", _READ, "settings", "get_settings"),
    Route("PATCH", "/settings", _ADMIN, "settings", "change_settings", fields=("confirmations",)),
    Route("GET", "/audit", _ADMIN, "settings", "list_audit", query=("on", *_PAGE)),
)


def routes_at(path: str) -> Mapping[str, tuple[Route, Mapping[str, str]]]:
    """The routes of a request's path by their methods, with the values of its parameters; none for an unknown path.

    Words win over parameters, as in API Gateway, which passes on a decoded path, except for `%25`.
    """
    fitting = [(route, values) for route in ROUTES if (values := route.parameters(path)) is not None]
    fewest = min((len(values) for _, values in fitting), default=0)
    return {route.method: (route, values) for route, values in fitting if len(values) == fewest}


DIRECT: Mapping[str, tuple[str, ...]] = {
    "subscribe": _PERSON,
    "unsubscribe": ("email", "token"),
    "list_subscribers": ("status", "search", *_PAGE),
    "send_newsletter": (*_CAMPAIGN, "idempotency_key"),
    "recount": ("settling_seconds", "id"),
}
"""The functions that operators invoke directly, where the event itself is the JSON body, and its fields."""


class Env(StrEnum):
    """The variables in functions' environments that name what belongs to the stack."""

    STACK = "STACK"
    PUBLIC_URL = "PUBLIC_URL"
    SUBSCRIBERS_TABLE = "SUBSCRIBERS_TABLE"
    RECORDS_TABLE = "RECORDS_TABLE"
    PLACES_TABLE = "PLACES_TABLE"
    FILES_BUCKET = "FILES_BUCKET"
    PICTURES_BUCKET = "PICTURES_BUCKET"
    PICTURES_URL = "PICTURES_URL"
    PICTURES_UPLOAD = "PICTURES_UPLOAD"
    ARCHIVE_BUCKET = "ARCHIVE_BUCKET"
    LINK_KEYS_PARAMETER = "LINK_KEYS_PARAMETER"
    ADMIN_TOKENS_PARAMETER = "ADMIN_TOKENS_PARAMETER"
    CAPTCHA_SECRET_PARAMETER = "CAPTCHA_SECRET_PARAMETER"  # noqa: S105 - its name
    WEBHOOK_PARAMETER = "WEBHOOK_PARAMETER"
    POSTMASTER_PARAMETER = "POSTMASTER_PARAMETER"
    DNS_RECORDS_PARAMETER = "DNS_RECORDS_PARAMETER"
    SENDER_IDENTITY = "SENDER_IDENTITY"
    CONFIGURATION_SET = "CONFIGURATION_SET"
    TRACKED_CONFIGURATION_SET = "TRACKED_CONFIGURATION_SET"
    SIGNUPS_QUEUE = "SIGNUPS_QUEUE"
    IMPORTS_QUEUE = "IMPORTS_QUEUE"
    ERASURES_QUEUE = "ERASURES_QUEUE"
    GREETINGS_QUEUE = "GREETINGS_QUEUE"
    BATCHES_QUEUE = "BATCHES_QUEUE"
    WEBHOOKS_QUEUE = "WEBHOOKS_QUEUE"
    PLANNER_FUNCTION = "PLANNER_FUNCTION"
    EXPORT_FUNCTION = "EXPORT_FUNCTION"
    PLANNER_ARN = "PLANNER_ARN"
    FEED_READER_FUNCTION = "FEED_READER_FUNCTION"
    FEED_SENDER_ARN = "FEED_SENDER_ARN"
    SCHEDULE_GROUP = "SCHEDULE_GROUP"
    SCHEDULE_ROLE = "SCHEDULE_ROLE"
    RUNNER_FUNCTION = "RUNNER_FUNCTION"
    RUNNER_ARN = "RUNNER_ARN"
    ALARM_GROUP = "ALARM_GROUP"
    ALARM_ROLE = "ALARM_ROLE"
    EVENTS_STREAM = "EVENTS_STREAM"
    GROWTH_STREAM = "GROWTH_STREAM"
    CAMPAIGNS_STREAM = "CAMPAIGNS_STREAM"


STATUS_INDEX = "by_status"
ADDRESS_INDEX = "by_address"
DUE_INDEX = "by_due"


class Folder(StrEnum):
    """How the keys of files begin, by what is in them."""

    IMPORTS = "imports/"
    REPORTS = "reports/"
    EXPORTS = "exports/"
    UPLOADS = "uploads/"
    PICTURES = "pictures/"
    WEB_VERSIONS = "letters/"


LEDGER_PARTITIONS = 16
"""Partitions of the records table for each campaign's ledger, among which its batches take turns."""

# Limits of Amazon SES

MAX_DESTINATIONS = 50
"""Recipients of one SendBulkEmail call (SES API reference)."""

MAX_TEMPLATE_NAME = 64
"""Characters; Terraform's provider refuses more (`internal/service/ses/template.go`), SES documents no limit."""

MAX_TEMPLATE = 500_000
"""Bytes of all parts of a stored template (SES developer guide: 500 KB)."""

MAX_TEMPLATE_DATA = 262_144
"""Bytes of one recipient's values (SES API reference, TemplateData)."""

MAX_HEADER = 995
"""Characters of a header's value (SES API reference, MessageHeader)."""

BOUNCE_REVIEW, BOUNCE_PAUSE = 0.05, 0.10
COMPLAINT_REVIEW, COMPLAINT_PAUSE = 0.001, 0.005
"""The rates at which SES reviews and pauses an account (SES developer guide, "Reputation metrics")."""

_DIGEST = 16


def template_name(stack: str, name: str) -> str:
    """What SES calls a template of one stack. An underscore ends the stack's name, which has none.

    A name that is too long for SES keeps its beginning; a digest of the whole name replaces the rest.
    """
    whole = f"{stack}_{name}"
    if len(whole) <= MAX_TEMPLATE_NAME:
        return whole
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{whole[: MAX_TEMPLATE_NAME - _DIGEST - 1]}-{digest}"


METRICS = "EmailList"
"""The namespace of the functions' own metrics, whose only dimension is the stack."""


class OwnMetric(StrEnum):
    """What the functions count."""

    JOINED = "SubscribersJoined"
    LEFT = "SubscribersLeft"
    STOPPED = "CampaignsStopped"
    """Paused because SES accepts no email from this account, or refuses every email."""
    HARMFUL = "CampaignsHarmful"
    """Paused because too many emails bounced or were reported as spam."""
    HELD = "ConfirmationsHeld"
    """Confirmations that had to wait: a cap is reached, too many have bounced, or SES takes no email."""
    BROKEN = "DnsRecordsBroken"
    """DNS records that were right and are missing or wrong, counted once a day."""
    GMAIL_SPAM = "GmailSpamPer10000"
    """Of 10,000 emails that reached an inbox at Gmail, how many were reported as spam, on the latest day it told of."""
    REFUSED = "TokensRefused"
    """Requests to the admin API without a token that allows them."""
    PAUSED = "Paused"
    """All of `TROUBLES` together, so that one alarm serves them."""


TROUBLES = frozenset({OwnMetric.STOPPED, OwnMetric.HARMFUL, OwnMetric.HELD, OwnMetric.BROKEN})
"""What the stack pauses by itself, or sees break, for a person to look at."""
