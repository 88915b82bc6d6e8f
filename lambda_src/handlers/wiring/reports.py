"""Who was sent which report, and what it says of the last check of the DNS."""

from functools import cache

from email_list.aws.deliverability_table import DeliverabilityTable
from email_list.aws.report_table import ReportTable
from email_list.deliverability.memory import Remembered
from handlers.wiring import tables


@cache
def sent() -> ReportTable:
    return ReportTable(tables.records())


def checked() -> Remembered:
    return DeliverabilityTable(tables.records()).latest()
