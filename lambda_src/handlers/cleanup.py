"""Invoked by Pulumi as a resource is created, changed and deleted: with the stack, its SES templates go.

The event holds `{"tf": {"action": "create" | "update" | "delete"}}` (AWS provider, aws_lambda_invocation,
lifecycle_scope CRUD).
"""

import os
from functools import cache
from typing import Any

from email_list.aws.clients import client
from email_list.aws.stack_templates import StackTemplates
from email_list.private_logs import keep_private
from handlers.shared.time_left import has_time


@cache
def _templates() -> StackTemplates:
    return StackTemplates(client("sesv2"), os.environ["TEMPLATE_PREFIX"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Delete every template of the stack when it is destroyed. An error says that some are left, and what to do."""
    if event["tf"]["action"] != "delete":
        return {}
    may_go_on = has_time(context)
    names = list(_templates().names())
    for deleted, name in enumerate(names):
        if not may_go_on():
            message = f"{len(names) - deleted} of {len(names)} SES templates are left; run pulumi destroy again."
            raise RuntimeError(message)
        _templates().delete(name)
    return {"deleted": len(names)}
