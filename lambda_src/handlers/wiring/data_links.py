"""Asking for the link to one's data, and following it."""

from functools import cache

from contract import Env
from email_list.aws.limit_table import LimitTable
from email_list.clock import iso, utc_now
from email_list.http import Request
from email_list.people import data_links
from email_list.people.data_links import DataRequest
from email_list.people.limits import DAY, Limit
from email_list.people.tokens import Claims, ExpiredTokenError, Purpose
from handlers.wiring import links, queues, tables


@cache
def _limit() -> Limit:
    """For each inbox, however many addresses it has."""
    return Limit("data link", data_links.LINKS_PER_INBOX_AND_DAY, DAY, LimitTable(tables.records()))


def ask_for(email: str, language: str) -> None:
    """Have the link mailed. TooManyRequestsError."""
    data_links.ask(DataRequest(email, language, iso(utc_now())), _limit(), queues.to(Env.SIGNUPS_QUEUE))


def claims(request: Request) -> Claims:
    """What the token of the link says. ExpiredTokenError or TokenError."""
    try:
        return links.claims(request, Purpose.DATA)
    except ExpiredTokenError:
        data_links.over()
