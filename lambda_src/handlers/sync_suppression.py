"""On a schedule: take over what is new on the account's suppression list."""

import os
from functools import cache
from typing import Any

from email_list.aws.account_suppression import AccountSuppression, RoundTable
from email_list.aws.cleaning_table import CleaningTable
from email_list.aws.clients import client, dynamodb_table
from email_list.events.suppression import SuppressionSync
from email_list.private_logs import keep_private
from handlers.shared.time_left import has_time


@cache
def _sync() -> SuppressionSync:
    people = CleaningTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))
    bookmark = RoundTable(dynamodb_table(os.environ["RECORDS_TABLE"]))
    return SuppressionSync(AccountSuppression(client("sesv2")), people, bookmark)


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Read on where the last run stopped. The event says nothing."""
    may_go_on = has_time(context)
    _sync().run(lambda: not may_go_on())
