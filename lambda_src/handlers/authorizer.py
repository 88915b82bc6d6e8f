"""The authorizer of the admin routes. It counts what it refuses; it logs neither tokens nor anything about them."""

from dataclasses import asdict
from typing import Any

from contract import Access, OwnMetric, routes_at
from email_list.private_logs import keep_private
from handlers.wiring import admin_tokens


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway's authorizer request (payload 2.0, simple response).

    The context tells the access log and the function behind the route whose token it is.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    route = routes_at(event["rawPath"]).get(event["requestContext"]["http"]["method"])
    # Anyone with a token may be told that there is no such route.
    access = route[0].access if route else Access.READ
    bearer = admin_tokens.tokens().bearer(headers.get("authorization", ""))
    if bearer is None or not bearer.may(access):
        admin_tokens.metrics().count(OwnMetric.REFUSED)
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": asdict(bearer)}
