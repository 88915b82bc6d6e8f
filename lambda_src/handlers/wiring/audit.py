"""The audit of changes."""

from functools import cache

from email_list.audit.entries import Audit
from email_list.aws.audit_table import AuditTable
from email_list.http import Request, Response
from handlers.wiring import tables


@cache
def entries() -> AuditTable:
    return AuditTable(tables.records())


def enter(operation: str, request: Request, response: Response) -> None:
    """Record who did what."""
    Audit(entries()).enter(operation, request, response)
