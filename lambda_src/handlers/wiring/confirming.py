"""Asking for confirmations."""

import os
from collections.abc import Callable
from functools import cache

from contract import Env
from email_list.aws.limit_table import LimitTable
from email_list.aws.line_table import LineTable
from email_list.campaigns.line import Express
from email_list.lookups import Lookups, resolver
from email_list.metrics import Metrics
from email_list.people import signup
from email_list.people.limits import DAY, Limit
from email_list.people.mail_exchange import MailExchanges
from email_list.people.signup import Wish
from email_list.settings import SignUpPolicy
from handlers.wiring import tables


@cache
def policy() -> SignUpPolicy:
    return SignUpPolicy.from_environment(os.environ)


def may_mail(wish: Wish) -> Callable[[str], bool]:
    """Whether an inbox may get one more confirmation; for a wish with a claim that was counted before."""
    return (lambda inbox: True) if wish.claim else _limit().use


@cache
def _limit() -> Limit:
    """Per inbox, however many addresses it has."""
    return Limit("confirmation", signup.CONFIRMATIONS_PER_INBOX_AND_DAY, DAY, LimitTable(tables.records()))


@cache
def mail_exchanges() -> MailExchanges:
    # On a laptop, domains are looked up there.
    return MailExchanges(Lookups(resolver(os.environ.get("NAME_SERVER")), remembers=True))


@cache
def metrics() -> Metrics:
    return Metrics(os.environ[Env.STACK])


@cache
def express() -> Express:
    return Express(LineTable(tables.records()))
