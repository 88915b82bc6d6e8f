"""The authorizer of the admin routes. It counts what it refuses; it logs neither tokens nor anything about them."""

from typing import Any

from contract import Access, OwnMetric, routes_at
from email_list.private_logs import keep_private
from handlers.wiring import admin_tokens


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Answer API Gateway's authorizer request (payload 2.0, simple response)."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    route = routes_at(event["rawPath"]).get(event["requestContext"]["http"]["method"])
    # Anyone with a token may be told that there is no such route.
    access = route[0].access if route else Access.READ
    allowed = admin_tokens.tokens().allows(headers.get("authorization", ""), access)
    if not allowed:
        admin_tokens.metrics().count(OwnMetric.REFUSED)
    return {"isAuthorized": allowed}
