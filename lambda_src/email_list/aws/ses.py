"""Newsletters through Amazon SES (API version 2): the content as a template, and the mails.

Template names are given without the stack's prefix. Which error means what follows the SES API reference: the errors
of SendBulkEmail and SendEmail, and the values of BulkEmailStatus.
"""

import email
import email.policy
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from email_list.errors import InvalidError
from email_list.letters import Content
from email_list.newsletter_letters import Letter
from email_list.pace import Account
from email_list.sending import Answer, Reply, Tagged
from email_list.settings import ListSettings

SINGLES_AT_ONCE = 20
"""Calls under way at the same time when recipients are sent to one by one."""

_STATUS: Mapping[str, Answer] = {
    "SUCCESS": Answer.ACCEPTED,
    "MESSAGE_REJECTED": Answer.REFUSED,
    "INVALID_PARAMETER": Answer.REFUSED,
    "FAILED": Answer.REFUSED,
    "TRANSIENT_FAILURE": Answer.TRANSIENT,
    "ACCOUNT_THROTTLED": Answer.THROTTLED,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": Answer.DAILY_QUOTA,
    "ACCOUNT_SUSPENDED": Answer.SUSPENDED,
    "ACCOUNT_SENDING_PAUSED": Answer.SUSPENDED,
    "CONFIGURATION_SET_SENDING_PAUSED": Answer.SUSPENDED,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": Answer.MISCONFIGURED,
    "CONFIGURATION_SET_NOT_FOUND": Answer.MISCONFIGURED,
    "TEMPLATE_NOT_FOUND": Answer.MISCONFIGURED,
    "INVALID_SENDING_POOL_NAME": Answer.MISCONFIGURED,
}

_ERROR: Mapping[str, Answer] = {
    "TooManyRequestsException": Answer.CALL_THROTTLED,
    "ThrottlingException": Answer.CALL_THROTTLED,
    "Throttling": Answer.CALL_THROTTLED,
    "LimitExceededException": Answer.DAILY_QUOTA,
    "AccountSuspendedException": Answer.SUSPENDED,
    "SendingPausedException": Answer.SUSPENDED,
}

_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError)
"""Errors before a connection stood, so that nothing can have been accepted."""

_NEVER_CALLED = (NoCredentialsError, ParamValidationError)


class SesMailer:
    """The `sending.Mailer` of production. `client` never repeats a call by itself."""

    def __init__(self, client: Any, settings: ListSettings, configuration_set: str, template_prefix: str) -> None:
        self._client = client
        self._envelope = envelope(settings, configuration_set)
        self._template_prefix = template_prefix
        self._singles = ThreadPoolExecutor(SINGLES_AT_ONCE)

    def send(self, template: str, letters: Sequence[Tagged], *, one_by_one: bool) -> Sequence[Reply]:
        """Hand letters to SES, in one call or each in its own."""
        name = f"{self._template_prefix}-{template}"
        if not one_by_one:
            return self._send_bulk(name, letters)
        return list(self._singles.map(lambda tagged: self._send_single(name, tagged), letters))

    def _send_bulk(self, name: str, letters: Sequence[Tagged]) -> Sequence[Reply]:
        def call() -> Sequence[Reply]:
            answer = self._client.send_bulk_email(
                DefaultContent={"Template": {"TemplateName": name, "TemplateData": "{}"}},
                BulkEmailEntries=[_entry(tagged) for tagged in letters],
                **self._envelope,
            )
            replies = [_reply(result) for result in answer["BulkEmailEntryResults"]]
            if len(replies) != len(letters):
                raise ValueError(f"{len(replies)} results for {len(letters)} entries")
            return replies

        outcome = _guarded(call)
        return [outcome] * len(letters) if isinstance(outcome, Reply) else outcome

    def _send_single(self, name: str, tagged: Tagged) -> Reply:
        def call() -> Sequence[Reply]:
            letter = tagged.letter
            template = {
                "TemplateName": name,
                "TemplateData": json.dumps(letter.values),
                "Headers": _pairs(letter.headers),
            }
            self._client.send_email(
                Destination={"ToAddresses": [letter.email]},
                Content={"Template": template},
                EmailTags=_pairs(tagged.tags),
                **self._envelope,
            )
            return [Reply(Answer.ACCEPTED)]

        outcome = _guarded(call)
        if not isinstance(outcome, Reply):
            return outcome[0]
        # In a call of its own, what is said of the call is said of this one recipient.
        if outcome.answer is Answer.CALL_THROTTLED:
            return Reply(Answer.THROTTLED, outcome.reason)
        if outcome.reason.startswith(("MessageRejected", "BadRequestException")):
            return Reply(Answer.REFUSED, outcome.reason)
        return outcome


class SesPress:
    """The `campaign_desk.Press` of production: keeps and renders the content of campaigns."""

    def __init__(self, client: Any, settings: ListSettings, configuration_set: str, template_prefix: str) -> None:
        self._client = client
        self._envelope = envelope(settings, configuration_set)
        self._template_prefix = template_prefix

    def store(self, template: str, content: Content) -> None:
        """Keep content as a template; nothing happens where it is there already."""
        try:
            self._client.create_email_template(
                TemplateName=self._name(template),
                TemplateContent={"Subject": content.subject, "Html": content.html, "Text": content.text},
            )
        except self._client.exceptions.AlreadyExistsException:
            return
        except self._client.exceptions.BadRequestException as error:
            raise InvalidError(f"SES does not take this content: {_message(error)}") from error

    def discard(self, template: str) -> None:
        """Remove a template; nothing happens where there is none."""
        try:
            self._client.delete_email_template(TemplateName=self._name(template))
        except self._client.exceptions.NotFoundException:
            return

    def check(self, template: str, letter: Letter) -> None:
        """Render a template with a sample's values. InvalidError says why it cannot be rendered."""
        self._render(template, letter)

    def send_test(self, template: str, letter: Letter) -> None:
        """Render a template for one address and mail it, its subject marked as a test.

        SES renders it and we send what it rendered, since a stored template's subject cannot be changed on sending.
        """
        message = email.message_from_string(self._render(template, letter), policy=email.policy.default)
        body = {}
        for kind, subtype in (("Html", "html"), ("Text", "plain")):
            part = message.get_body((subtype,))
            if part is not None:
                body[kind] = {"Data": part.get_content(), "Charset": "UTF-8"}
        subject = f"[Test] {message['subject'] or ''}".strip()
        self._client.send_email(
            Destination={"ToAddresses": [letter.email]},
            Content={
                "Simple": {
                    "Subject": {"Data": subject, "Charset": "UTF-8"},
                    "Body": body,
                    "Headers": _pairs(letter.headers),
                }
            },
            EmailTags=_pairs({"purpose": "test"}),
            **self._envelope,
        )

    def _render(self, template: str, letter: Letter) -> str:
        try:
            answer = self._client.test_render_email_template(
                TemplateName=self._name(template), TemplateData=json.dumps(letter.values)
            )
        except self._client.exceptions.BadRequestException as error:
            raise InvalidError(f"SES cannot render this content: {_message(error)}") from error
        return answer["RenderedTemplate"]

    def _name(self, template: str) -> str:
        return f"{self._template_prefix}-{template}"


def account(client: Any) -> Account:
    """What SES says of the account: rate, quota, and whether it may send."""
    answer = client.get_account()
    quota = answer["SendQuota"]
    daily = quota["Max24HourSend"]
    return Account(
        rate=float(quota["MaxSendRate"]),
        # -1 stands for no quota (SES API reference, SendQuota).
        daily_quota=None if daily < 0 else float(daily),
        sent_today=float(quota["SentLast24Hours"]),
        sending_enabled=answer.get("SendingEnabled", True),
    )


def envelope(settings: ListSettings, configuration_set: str) -> dict[str, Any]:
    """What every mail of the list has in common."""
    reply_to = {"ReplyToAddresses": [settings.reply_to]} if settings.reply_to else {}
    return {
        "FromEmailAddress": settings.sender,
        "ConfigurationSetName": configuration_set,
        **reply_to,
    }


def _entry(tagged: Tagged) -> dict[str, Any]:
    letter = tagged.letter
    return {
        "Destination": {"ToAddresses": [letter.email]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(letter.values)}},
        "ReplacementHeaders": _pairs(letter.headers),
        "ReplacementTags": _pairs(tagged.tags),
    }


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _reply(result: Mapping[str, str]) -> Reply:
    status = result["Status"]
    answer = _STATUS.get(status, Answer.UNCERTAIN)
    return Reply(answer, "" if answer is Answer.ACCEPTED else f"{status}: {result.get('Error', '')}".rstrip(": "))


def _guarded(call: Callable[[], Sequence[Reply]]) -> Sequence[Reply] | Reply:
    """The call's replies, or the one that its failure amounts to. Whatever may have been accepted is uncertain."""
    try:
        return call()
    except ClientError as error:
        return _failed(error)
    except _NOT_SENT as error:
        return Reply(Answer.UNREACHABLE, type(error).__name__)
    except _NEVER_CALLED as error:
        return Reply(Answer.MISCONFIGURED, f"{type(error).__name__}: {error}")
    except (BotoCoreError, ValueError, KeyError, OSError) as error:
        return Reply(Answer.UNCERTAIN, type(error).__name__)


def _failed(error: ClientError) -> Reply:
    code = error.response["Error"]["Code"]
    reason = f"{code}: {_message(error)}"
    if code in _ERROR:
        return Reply(_ERROR[code], reason)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if status == 429:
        return Reply(Answer.CALL_THROTTLED, reason)
    return Reply(Answer.UNCERTAIN if status >= 500 else Answer.MISCONFIGURED, reason)


def _message(error: ClientError) -> str:
    return error.response["Error"].get("Message", "")
