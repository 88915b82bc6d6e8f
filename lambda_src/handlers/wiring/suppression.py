"""The account's suppression list."""

from functools import cache

from email_list.aws.account_suppression import AccountSuppression, RoundTable
from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.clients import client
from email_list.events.suppression import SuppressionSync
from handlers.wiring import tables


@cache
def sync() -> SuppressionSync:
    people, bookmark = CleaningTable(tables.people()), RoundTable(tables.records())
    return SuppressionSync(AccountSuppression(client("sesv2")), people, bookmark)
