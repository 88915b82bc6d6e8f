"""Who was sent which report."""

from functools import cache

from email_list.aws.report_table import ReportTable
from handlers.wiring import tables


@cache
def sent() -> ReportTable:
    return ReportTable(tables.records())
