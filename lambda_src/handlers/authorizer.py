"""The authorizer of the admin routes. It counts what it refuses; neither tokens nor anything about them is logged."""

import os
from functools import cache
from typing import Any

from contract import Access, OwnMetric, routes_at
from email_list.admin_tokens import AdminTokens
from email_list.aws.clients import read_secret
from email_list.metrics import Metrics
from email_list.private_logs import keep_private


@cache
def _tokens() -> AdminTokens:
    return AdminTokens.from_json(read_secret(os.environ["ADMIN_TOKENS_PARAMETER"]))


@cache
def _metrics() -> Metrics:
    return Metrics(os.environ["STACK"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Answer API Gateway's authorizer request (payload 2.0, simple response)."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    route = routes_at(event["rawPath"]).get(event["requestContext"]["http"]["method"])
    # Whoever may call anything may be told that there is no such route.
    access = route[0].access if route else Access.READ
    allowed = _tokens().allows(headers.get("authorization", ""), access)
    if not allowed:
        _metrics().count(OwnMetric.REFUSED)
    return {"isAuthorized": allowed}
