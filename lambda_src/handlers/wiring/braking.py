"""The brake on confirmations."""

import os
from functools import cache

from email_list.aws.clients import client
from email_list.aws.confirmation_table import ConfirmationTable
from email_list.aws.ses import known_account
from email_list.people.brake import Brake, Caps
from handlers.wiring import tables


@cache
def brake() -> Brake:
    account = known_account(client("sesv2"))
    return Brake(ConfirmationTable(tables.records()), Caps.from_environment(os.environ), account)
