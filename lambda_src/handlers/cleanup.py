"""Invoked by Pulumi when a resource is created, changed and deleted: the stack's SES templates are deleted with it.

The event holds `{"tf": {"action": "create" | "update" | "delete"}}` (AWS provider, aws_lambda_invocation,
lifecycle_scope CRUD). The provider also says "delete" to a function that is being replaced while the stack lives on: so
each notes that it is in charge, and one that no longer is deletes nothing.
"""

from typing import Any

from email_list.invocations import has_time
from email_list.private_logs import keep_private
from handlers.wiring import removal


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Delete all templates of the stack when it is destroyed. An error says that some are left, and what to do."""
    if event["tf"]["action"] != "delete":
        removal.charge().take()
        return {}
    if not removal.charge().is_ours():
        return {"deleted": 0}
    may_go_on = has_time(context)
    names = list(removal.templates().names())
    for deleted, name in enumerate(names):
        if not may_go_on():
            message = f"{len(names) - deleted} of {len(names)} SES templates are left; run pulumi destroy again."
            raise RuntimeError(message)
        removal.templates().delete(name)
    return {"deleted": len(names)}
