"""Invoked by Pulumi as a resource is created, changed and deleted: with the stack, its SES templates go.

The event holds `{"tf": {"action": "create" | "update" | "delete"}}` (AWS provider, aws_lambda_invocation,
lifecycle_scope CRUD). The provider also says "delete" to a function that another takes the place of, while the stack
lives on: so each notes that it is the one in charge, and one that no longer is deletes nothing.
"""

import os
from functools import cache
from typing import Any

from email_list.aws.clients import client, dynamodb_table
from email_list.aws.dynamodb import Items, record_key
from email_list.aws.stack_templates import StackTemplates
from email_list.private_logs import keep_private
from handlers.shared.time_left import has_time

_IN_CHARGE = record_key("STACK", "CLEANUP")


@cache
def _templates() -> StackTemplates:
    return StackTemplates(client("sesv2"), os.environ["STACK"])


@cache
def _records() -> Items:
    return Items(dynamodb_table(os.environ["RECORDS_TABLE"]))


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Delete every template of the stack when it is destroyed. An error says that some are left, and what to do."""
    me = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    if event["tf"]["action"] != "delete":
        _records().put({**_IN_CHARGE, "function": me})
        return {}
    in_charge = _records().get(_IN_CHARGE)
    if in_charge and in_charge["function"] != me:
        return {"deleted": 0}
    may_go_on = has_time(context)
    names = list(_templates().names())
    for deleted, name in enumerate(names):
        if not may_go_on():
            message = f"{len(names) - deleted} of {len(names)} SES templates are left; run pulumi destroy again."
            raise RuntimeError(message)
        _templates().delete(name)
    return {"deleted": len(names)}
