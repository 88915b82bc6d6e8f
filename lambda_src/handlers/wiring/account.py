"""The sender and the account, as Amazon SES sees them."""

import os
from typing import Any

from contract import Env
from email_list.aws.clients import client
from email_list.aws.sender_status import account_status, sender_status


def sender() -> dict[str, Any]:
    return sender_status(client("sesv2"), os.environ[Env.SENDER_IDENTITY])


def account() -> dict[str, Any]:
    return account_status(client("sesv2"))
