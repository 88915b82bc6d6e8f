"""Sending newsletters through Amazon SES. Template names are given without the stack's prefix."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from contract import template_name
from email_list.aws.ses import OVER_QUOTA, SUSPENDED, THROTTLED, envelope, message, pairs, tags
from email_list.campaigns.sending import Answer, Reply, Tagged
from email_list.settings import ListSettings

SINGLES_AT_ONCE = 20
"""Simultaneous calls when recipients are sent to one by one."""

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
    **dict.fromkeys(THROTTLED, Answer.CALL_THROTTLED),
    **dict.fromkeys(OVER_QUOTA, Answer.DAILY_QUOTA),
    **dict.fromkeys(SUSPENDED, Answer.SUSPENDED),
}

_LIMITS: Mapping[str, Answer] = {
    "Daily message quota exceeded": Answer.DAILY_QUOTA,
    "Maximum sending rate exceeded": Answer.THROTTLED,
}
"""What a throttled call says if there are not too many calls but too many emails (SES developer guide, "Errors related
to the sending quotas")."""

_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError)
"""Errors before a connection was established, so that nothing can have been accepted."""

_NEVER_CALLED = (NoCredentialsError, ParamValidationError)


class SesMailer:
    """The `sending.Mailer` of production. `client` never repeats a call by itself.

    What SES reports of an email is up to the configuration set it is sent through; emails whose opens and clicks are to
    be known go through `tracked_set`. The API could also turn tracking off in a call (`ConfigurationOverrides`), but a
    call that forgets it would track, and the boto3 that comes with Lambda may be too old to know it.
    """

    def __init__(
        self, client: Any, settings: ListSettings, configuration_set: str, tracked_set: str, stack: str
    ) -> None:
        self._client = client
        self._envelopes = {
            False: envelope(settings, configuration_set),
            True: envelope(settings, tracked_set),
        }
        self._stack = stack
        self._singles = ThreadPoolExecutor(SINGLES_AT_ONCE)

    def send(self, template: str, letters: Sequence[Tagged], *, one_by_one: bool) -> Sequence[Reply]:
        """Pass letters to SES, in one call, or two where some are tracked and others are not, or each in its own."""
        name = template_name(self._stack, template)
        if one_by_one:
            return list(self._singles.map(lambda tagged: self._send_single(name, tagged), letters))
        kinds = [[at for at, tagged in enumerate(letters) if tagged.tracked is tracked] for tracked in (True, False)]
        groups = [kind for kind in kinds if kind]
        if len(groups) == 1:
            return self._send_bulk(name, letters)
        # At the same moment, so that the second begins no later after the batch was claimed than the first.
        answers = self._singles.map(lambda group: self._send_bulk(name, [letters[at] for at in group]), groups)
        replies = dict(zip(chain.from_iterable(groups), chain.from_iterable(answers), strict=True))
        return [replies[at] for at in range(len(letters))]

    def _send_bulk(self, name: str, letters: Sequence[Tagged]) -> Sequence[Reply]:
        def call() -> Sequence[Reply]:
            answer = self._client.send_bulk_email(
                DefaultContent={"Template": {"TemplateName": name, "TemplateData": "{}"}},
                BulkEmailEntries=[_entry(tagged) for tagged in letters],
                **self._envelopes[letters[0].tracked],
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
                "Headers": pairs(letter.headers),
            }
            self._client.send_email(
                Destination={"ToAddresses": [letter.email]},
                Content={"Template": template},
                EmailTags=_tags(tagged),
                **self._envelopes[tagged.tracked],
            )
            return [Reply(Answer.ACCEPTED)]

        outcome = _guarded(call)
        if not isinstance(outcome, Reply):
            return outcome[0]
        # In a call of its own, what is said about the call applies to this one recipient.
        if outcome.answer is Answer.CALL_THROTTLED:
            return Reply(Answer.THROTTLED, outcome.reason)
        if outcome.reason.startswith(("MessageRejected", "BadRequestException")):
            return Reply(Answer.REFUSED, outcome.reason)
        return outcome


def _entry(tagged: Tagged) -> dict[str, Any]:
    letter = tagged.letter
    return {
        "Destination": {"ToAddresses": [letter.email]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(letter.values)}},
        "ReplacementHeaders": pairs(letter.headers),
        "ReplacementTags": _tags(tagged),
    }


def _tags(tagged: Tagged) -> list[dict[str, str]]:
    return tags(tagged.tags, feedback_id=tagged.tags["campaign"])


def _reply(result: Mapping[str, str]) -> Reply:
    status = result["Status"]
    answer = _STATUS.get(status, Answer.UNCERTAIN)
    return Reply(answer, "" if answer is Answer.ACCEPTED else f"{status}: {result.get('Error', '')}".rstrip(": "))


def _guarded(call: Callable[[], Sequence[Reply]]) -> Sequence[Reply] | Reply:
    """The call's replies, or the one that its failure amounts to. Anything that may have been accepted is uncertain."""
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
    words = message(error)
    reason = f"{code}: {words}"
    for limit, answer in _LIMITS.items():
        if limit in words:
            return Reply(answer, reason)
    if code in _ERROR:
        return Reply(_ERROR[code], reason)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if status == 429:
        return Reply(Answer.CALL_THROTTLED, reason)
    return Reply(Answer.UNCERTAIN if status >= 500 else Answer.MISCONFIGURED, reason)
