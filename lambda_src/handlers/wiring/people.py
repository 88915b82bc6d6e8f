"""People, as they themselves and administrators change them."""

from functools import cache

from email_list.aws.subscriber_table import SubscriberTable
from handlers.wiring import tables


@cache
def table() -> SubscriberTable:
    return SubscriberTable(tables.people())
