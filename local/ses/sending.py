"""Sending: what SES checks before it accepts an email, and what becomes of the email then.

Methods are SES v2 operations, named as in boto3.
"""

import base64
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any

from local.ses import addresses, events
from local.ses.account import Account
from local.ses.behaviour import ENTRY_FAULTS, Behaviour, Fault, Feedback, matches_any
from local.ses.configuration_sets import ConfigurationSets
from local.ses.errors import (
    BadRequestException,
    InternalServiceErrorException,
    LimitExceededException,
    MessageRejected,
    NotImplementedException,
    SendingPausedException,
    SesError,
    TooManyRequestsException,
)
from local.ses.events import EventPublisher
from local.ses.handlebars import RenderingError
from local.ses.identities import Identities
from local.ses.mailbox import (
    FEEDBACK_IDS,
    Content,
    Destination,
    Envelope,
    Mail,
    Mailbox,
    RawContent,
    SimpleContent,
    TemplatedContent,
)
from local.ses.quota import Quota
from local.ses.suppression import SuppressionList
from local.ses.templates import CONTROL_CHARACTERS, CompiledTemplate, Templates, compile_template, parse_data

Parameters = dict[str, Any]
Headers = dict[str, tuple[str, str]]  # by lower-case name: the name as given, and the value

MOST_RECIPIENTS = 50  # in one email, and emails in one bulk call (API reference)
SIMULATOR = "simulator.amazonses.com"

# Set by SES, so not by the caller (SES developer guide, "Amazon SES header fields").
_RESERVED_HEADERS = frozenset(
    {
        *("bcc", "cc", "content-disposition", "content-type", "date", "from", "message-id", "mime-version"),
        *("reply-to", "return-path", "subject", "to"),
    }
)
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_UNSUPPORTED = ("ConfigurationOverrides", "EndpointId", "ListManagementOptions", "TenantName")

_BULK_STATUS: dict[type[SesError], str] = {
    BadRequestException: "INVALID_PARAMETER",
    InternalServiceErrorException: "TRANSIENT_FAILURE",
    LimitExceededException: "ACCOUNT_DAILY_QUOTA_EXCEEDED",
    MessageRejected: "MESSAGE_REJECTED",
    TooManyRequestsException: "ACCOUNT_THROTTLED",
}
_ENTRY_ERRORS: dict[str, tuple[type[SesError], str]] = {
    "daily_quota": (LimitExceededException, "Daily message quota exceeded."),
    "fail_entries": (InternalServiceErrorException, "Transient failure."),
    "reject_entries": (MessageRejected, "Message rejected."),
    "throttle_entries": (TooManyRequestsException, "Maximum sending rate exceeded."),
}

_SUPPRESSED = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account."
)
_UNKNOWN_USER = "smtp; 550 5.1.1 user unknown"


class Sending:
    def __init__(
        self,
        account: Account,
        behaviour: Behaviour,
        configuration_sets: ConfigurationSets,
        identities: Identities,
        mailbox: Mailbox,
        publisher: EventPublisher,
        quota: Quota,
        suppression: SuppressionList,
        templates: Templates,
    ) -> None:
        self._account = account
        self._behaviour = behaviour
        self._configuration_sets = configuration_sets
        self._identities = identities
        self._mailbox = mailbox
        self._publisher = publisher
        self._quota = quota
        self._suppression = suppression
        self._templates = templates

    def send_email(self, parameters: Parameters) -> Parameters:
        content = parameters["Content"]
        if sum(content.get(kind) is not None for kind in ("Simple", "Template", "Raw")) != 1:
            raise BadRequestException("Content must be exactly one of Simple, Template and Raw.")
        raw = _raw_content(content["Raw"]) if content.get("Raw") else None
        envelope = self._envelope("SendEmail", parameters, raw)
        destination = (
            _raw_destination(parameters, raw) if raw else Destination.parse(parameters.get("Destination") or {})
        )
        described = content.get("Simple") or content.get("Template") or {}
        faults = self._behaviour.call_faults(ENTRY_FAULTS, "SendEmail", destination.recipients)
        mail = self._send(
            envelope,
            destination,
            raw or self._content(content),
            _headers(described.get("Headers")),
            _tags(parameters.get("EmailTags")),
            faults,
        )
        return {"MessageId": mail.id}

    def send_bulk_email(self, parameters: Parameters) -> Parameters:
        entries = parameters["BulkEmailEntries"]
        if not 1 <= len(entries) <= MOST_RECIPIENTS:
            raise BadRequestException(f"A bulk call must contain 1 to {MOST_RECIPIENTS} entries, not {len(entries)}.")
        envelope = self._envelope("SendBulkEmail", parameters, None)
        default = parameters["DefaultContent"].get("Template")
        if default is None:
            raise BadRequestException("DefaultContent must contain a Template.")
        template, defaults = self._template(default), parse_data(default.get("TemplateData"))
        headers, tags = _headers(default.get("Headers")), _tags(parameters.get("DefaultEmailTags"))
        faults = self._behaviour.call_faults(ENTRY_FAULTS, "SendBulkEmail", recipients_of(parameters))
        results = []
        for entry in entries:
            try:
                destination = Destination.parse(entry["Destination"])
                replacement = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
                content = TemplatedContent(template, defaults, replacement.get("ReplacementTemplateData"))
                entry_headers = {**headers, **_headers(entry.get("ReplacementHeaders"))}
                entry_tags = {**tags, **_tags(entry.get("ReplacementTags"))}
                mail = self._send(envelope, destination, content, entry_headers, entry_tags, faults)
                results.append({"Status": "SUCCESS", "MessageId": mail.id})
            except SesError as error:
                count_refusal(self._behaviour, error, 1)
                results.append({"Status": _BULK_STATUS.get(type(error), "FAILED"), "Error": error.message})
        return {"BulkEmailEntryResults": results}

    def _envelope(self, operation: str, parameters: Parameters, raw: RawContent | None) -> Envelope:
        if not self._account.sending_enabled:
            raise SendingPausedException("Email sending is disabled for your account.")
        for name in _UNSUPPORTED:
            if parameters.get(name) is not None:
                raise NotImplementedException(f"The local SES stand-in does not provide {name} of {operation}.")
        sender = parameters.get("FromEmailAddress") or (str(raw.message()["From"] or "") if raw else "")
        if not sender:
            raise BadRequestException("FromEmailAddress is missing.")
        identity = self._identities.sending_identity(addresses.bare(sender))
        for address in parameters.get("ReplyToAddresses") or []:
            addresses.bare(address)
        name = parameters.get("ConfigurationSetName") or self._identities.default_configuration_set(identity)
        if name and not self._configuration_sets.is_sending_enabled(name):
            raise SendingPausedException(f"Email sending is disabled for configuration set {name}.")
        tracked = frozenset(kind for kind in ("OPEN", "CLICK") if self._configuration_sets.topics_for(name, kind))
        return Envelope(operation, sender, identity, tuple(parameters.get("ReplyToAddresses") or ()), name, tracked)

    def _content(self, content: Parameters) -> Content:
        if template := content.get("Template"):
            parse_data(template.get("TemplateData"))
            return TemplatedContent(self._template(template), {}, template.get("TemplateData"))
        simple = content["Simple"]
        _refuse_attachments(simple)
        body = {kind: part["Data"] for kind, part in simple["Body"].items() if part is not None}
        subject = simple["Subject"]["Data"]
        if not body:
            raise BadRequestException("Body must contain Text or Html.")
        if CONTROL_CHARACTERS.search(subject):
            raise BadRequestException("Subject contains control characters.")
        return SimpleContent(subject, body.get("Text"), body.get("Html"))

    def _template(self, described: Parameters) -> CompiledTemplate:
        _refuse_attachments(described)
        inline = described.get("TemplateContent")
        name = described.get("TemplateName") or (described.get("TemplateArn") or "").partition(":template/")[2]
        if bool(inline) == bool(name):
            raise BadRequestException("Template must contain either TemplateName, TemplateArn or TemplateContent.")
        return self._templates.find(name) if name else compile_template("inline", inline or {}, simple=True)

    def _send(
        self,
        envelope: Envelope,
        destination: Destination,
        content: Content,
        headers: Headers,
        tags: dict[str, str],
        faults: list[Fault],
    ) -> Mail:
        """Accept one email. Raises the `SesError` it is refused with."""
        if not 1 <= len(destination.recipients) <= MOST_RECIPIENTS:
            raise BadRequestException(f"An email must have 1 to {MOST_RECIPIENTS} recipients.")
        for fault in faults:
            if fault.matches(destination.recipients):
                error, message = _ENTRY_ERRORS[fault.fault]
                raise error(message)
        if isinstance(content, TemplatedContent):
            parse_data(content.replacement)
        self._quota.take(len(destination.recipients))
        mail = Mail(_message_id(), time.time(), envelope, destination, content, tuple(headers.values()), tags)
        self._behaviour.counters.add("accepted")
        self._process(mail)
        return mail

    def _process(self, mail: Mail) -> None:
        """What SES does with an email once the caller has its answer: render, deliver, publish events."""
        try:
            mail.content.rendered()
        except RenderingError as error:
            assert isinstance(mail.content, TemplatedContent)
            self._behaviour.counters.add("failed")
            self._publisher.emit(mail, events.rendering_failure(mail, mail.content.template.name, error))
            return
        self._publisher.emit(mail, events.send(mail))
        reasons = self._configuration_sets.suppressed_reasons(mail.envelope.configuration_set)
        reasons = self._suppression.reasons if reasons is None else reasons
        delivered, feedback = [], []
        for address in mail.recipients:
            arrives, event = self._outcome(mail, address, reasons)
            if arrives:
                delivered.append(address)
            if event:
                feedback.append(event)
        if delivered:
            self._mailbox.add(mail)
            self._publisher.emit(mail, events.delivery(delivered))
        for event in feedback:
            self._publisher.emit(mail, event)

    def _outcome(self, mail: Mail, address: str, reasons: list[str]) -> tuple[bool, events.Event | None]:
        """Whether the email arrives at this address, and the bounce or complaint that follows."""
        suppressed = self._suppression.reason_for(address, reasons)
        if suppressed == "BOUNCE":
            return False, events.bounce(mail, address, "Permanent", "OnAccountSuppressionList", _SUPPRESSED)
        if suppressed == "COMPLAINT":
            return False, events.complaint(mail, address, "OnAccountSuppressionList")
        if addresses.domain_of(address) == SIMULATOR:
            return _simulated(mail, address)
        if matches_any(address, self._behaviour.bounce_addresses):
            if "BOUNCE" in reasons:
                self._suppression.add(address, "BOUNCE", mail.id)
            return False, events.bounce(mail, address, "Permanent", "General", _UNKNOWN_USER)
        if matches_any(address, self._behaviour.complain_addresses):
            if "COMPLAINT" in reasons:
                self._suppression.add(address, "COMPLAINT", mail.id)
            return True, events.complaint(mail, address, None)
        for item in self._behaviour.feedback:
            if matches_any(address, [item.recipients]):
                return _reported(mail, address, item)
        return True, None


def recipients_of(parameters: Parameters) -> Iterable[str]:
    """Every address a sending request emails, without display names, whether or not it is valid."""
    destinations = [parameters.get("Destination") or {}]
    destinations += [entry["Destination"] for entry in parameters.get("BulkEmailEntries") or []]
    return [
        address.rpartition("<")[2].rstrip("> ")
        for destination in destinations
        for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in destination.get(kind) or []
    ]


def count_refusal(behaviour: Behaviour, error: SesError, mails: int) -> None:
    if isinstance(error, (TooManyRequestsException, LimitExceededException)):
        behaviour.counters.add("throttled", mails)
    elif isinstance(error, InternalServiceErrorException):
        behaviour.counters.add("failed", mails)
    else:
        behaviour.counters.add("rejected", mails)


def _simulated(mail: Mail, address: str) -> tuple[bool, events.Event | None]:
    """The mailbox simulator (SES developer guide, "Using the mailbox simulator"). Never changes the
    suppression list.

    The out-of-office answer is published as a soft bounce, as was observed of the real simulator.
    """
    scenario = address.partition("@")[0].partition("+")[0].lower()
    if scenario == "bounce":
        return False, events.bounce(mail, address, "Permanent", "General", _UNKNOWN_USER)
    if scenario == "suppressionlist":
        return False, events.bounce(mail, address, "Permanent", "Suppressed", _SUPPRESSED)
    if scenario == "complaint":
        return True, events.complaint(mail, address, None)
    if scenario == "ooto":
        return True, events.bounce(mail, address, "Transient", "General", "smtp; 250 out of the office")
    return True, None


def _reported(mail: Mail, address: str, item: Feedback) -> tuple[bool, events.Event]:
    """What was asked for by the setting `feedback`."""
    if item.bounce is not None:
        kind, subtype = item.bounce.split("/")
        return False, events.bounce(mail, address, kind, subtype, f"smtp; 550 {subtype}")
    return True, events.complaint(mail, address, None, item.complaint or "abuse")


def _message_id() -> str:
    return f"0100{int(time.time() * 1000):012x}-{uuid.uuid4()}-000000"


def _raw_content(described: Parameters) -> RawContent:
    content = RawContent(base64.b64decode(described["Data"]))
    try:
        content.rendered()
    except LookupError as error:
        raise BadRequestException(f"The raw message cannot be read: {error}") from None
    return content


def _raw_destination(parameters: Parameters, raw: RawContent) -> Destination:
    """Given recipients win over those in the message's headers (API reference, `RawMessage`)."""
    given = parameters.get("Destination") or {}
    if any(given.values()):
        return Destination.parse(given)
    message = raw.message()
    fields = {
        f"{kind}Addresses": [str(address) for field in message.get_all(kind, []) for address in field.addresses]
        for kind in ("To", "Cc", "Bcc")
    }
    return Destination.parse(fields)


def _headers(given: list[dict[str, str]] | None) -> Headers:
    headers: Headers = {}
    for header in given or []:
        name, value = header["Name"], header["Value"]
        if name.lower() in _RESERVED_HEADERS:
            raise BadRequestException(f"Header {name} is set by Amazon SES and cannot be given.")
        if len(name) + len(value) > 996:
            raise BadRequestException(f"Header {name} is too long: name and value may have 996 characters together.")
        headers[name.lower()] = (name, value)
    return headers


def _tags(given: list[dict[str, str]] | None) -> dict[str, str]:
    tags = {}
    for tag in given or []:
        for text in [tag["Value"]] if tag["Name"] in FEEDBACK_IDS else tag.values():
            if not _TAG.fullmatch(text):
                raise BadRequestException(
                    f"Invalid tag <{text}>: 1 to 256 ASCII letters, digits, '_' and '-' are allowed."
                )
        tags[tag["Name"]] = tag["Value"]
    return tags


def _refuse_attachments(described: Parameters) -> None:
    if described.get("Attachments"):
        raise NotImplementedException("The local SES stand-in does not provide Attachments; send Raw content instead.")
