"""What the adapters to Amazon SES (API version 2) share, and the account.

The meaning of each error follows the SES API reference: the errors of SendBulkEmail and SendEmail, and the values of
BulkEmailStatus.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from email_list.account import Account
from email_list.settings import ListSettings

THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
OVER_QUOTA = frozenset({"LimitExceededException"})
SUSPENDED = frozenset({"AccountSuspendedException", "SendingPausedException"})
"""Codes of errors by which SES takes no email now, but may do so later."""

REMEMBERED = 60.0
"""Seconds for which `known_account` goes by what it was told; GetAccount itself may be called once a second (SES API
reference)."""

logger = logging.getLogger(__name__)


def known_account(client: Any, clock: Callable[[], float] = time.monotonic) -> Callable[[], Account | None]:
    """The account as it was up to a minute ago; None where SES does not say."""
    asked_at, known = -math.inf, None

    def ask() -> Account | None:
        nonlocal asked_at, known
        if clock() - asked_at >= REMEMBERED:
            try:
                known = account(client)
            except (BotoCoreError, ClientError):
                logger.exception("SES does not describe the account")
                known = None
            asked_at = clock()
        return known

    return ask


def account(client: Any) -> Account:
    """What SES says about the account: rate, quota, and whether it may send."""
    answer = client.get_account()
    quota = answer["SendQuota"]
    daily = quota["Max24HourSend"]
    return Account(
        rate=float(quota["MaxSendRate"]),
        # -1 means no quota (SES API reference, SendQuota).
        daily_quota=None if daily < 0 else float(daily),
        sent_today=float(quota["SentLast24Hours"]),
        sending_enabled=answer.get("SendingEnabled", True),
    )


def envelope(settings: ListSettings, configuration_set: str) -> dict[str, Any]:
    """What every email of the list has in common."""
    reply_to = {"ReplyToAddresses": [settings.reply_to]} if settings.reply_to else {}
    return {
        "FromEmailAddress": settings.sender,
        "ConfigurationSetName": configuration_set,
        **reply_to,
    }


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Headers or tags, as SES takes them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


FEEDBACK_ID = "ses:feedback-id-a"
"""The tag whose value comes first in the header `Feedback-ID`, by which Gmail's Postmaster Tools tell a sender's emails
apart. SES itself writes the rest of that header (AWS messaging blog, "Understanding Google Postmaster Tools (spam
complaints) for Amazon SES email senders")."""


def tags(values: Mapping[str, str], feedback_id: str) -> list[dict[str, str]]:
    """An email's tags; `feedback_id` names all that are like it, and nobody."""
    return pairs({**values, FEEDBACK_ID: feedback_id})


def message(error: ClientError) -> str:
    """What SES said."""
    return error.response["Error"].get("Message", "")
