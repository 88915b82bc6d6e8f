"""What the adapters to Amazon SES (API version 2) share, and the account.

The meaning of each error follows the SES API reference: the errors of SendBulkEmail and SendEmail, and the values of
BulkEmailStatus.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from email_list.campaigns.pace import Account
from email_list.settings import ListSettings


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


def message(error: ClientError) -> str:
    """What SES said."""
    return error.response["Error"].get("Message", "")
