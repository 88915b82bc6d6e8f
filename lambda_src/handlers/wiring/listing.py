"""Listing people."""

from functools import cache, partial

from email_list.aws.counter_table import CounterTable
from email_list.aws.subscriber_listing import SubscriberListing
from email_list.figures.growth import TOTALS
from email_list.people.listing import Listing
from handlers.wiring import tables


@cache
def listing() -> Listing:
    return Listing(SubscriberListing(tables.people()), partial(CounterTable(tables.records()).read, TOTALS))
