"""Asking for confirmations."""

import os
from functools import cache

from email_list.aws.limit_table import LimitTable
from email_list.aws.line_table import LineTable
from email_list.campaigns.line import Express
from email_list.people import signup
from email_list.people.limits import DAY, Limit
from email_list.settings import SignUpPolicy
from handlers.wiring import tables


@cache
def policy() -> SignUpPolicy:
    return SignUpPolicy.from_environment(os.environ)


@cache
def limit() -> Limit:
    """Per inbox, however many addresses it has."""
    return Limit("confirmation", signup.CONFIRMATIONS_PER_INBOX_AND_DAY, DAY, LimitTable(tables.records()))


@cache
def express() -> Express:
    return Express(LineTable(tables.records()))
