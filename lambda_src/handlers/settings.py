"""The configuration, the state of the sender and the account, the form to embed, and who changed what."""

import os
from dataclasses import asdict
from typing import Any

from contract import Env
from email_list.errors import InvalidError
from email_list.http import Request, Response, json_response
from email_list.mail.accents import accents
from email_list.router import Router
from handlers.wiring import account, audit, braking, pages, settings

SHOWN = (
    *("name", "postal_address", "sender", "reply_to", "language"),
    *("privacy_url", "logo_url", "website_url", "description", "archive"),
)
DEFAULT_LIMIT = 50
MAX_LIMIT = 500

handler = Router("settings", audit=audit.enter)


@handler.operation("get_settings")
def _show(request: Request) -> Response:
    return json_response(
        200,
        {
            "list": _list(),
            "sender": account.sender(),
            "account": account.account(),
            "confirmations": braking.brake().state(),
            "api_url": settings.of_list().public_url,
            "embed_html": pages.embed_snippet(request),
        },
    )


@handler.operation("change_settings")
def _change(request: Request) -> Response:
    if request.fields.get("confirmations") != "running":
        message = 'confirmations can only be set to "running", which resumes them and forgives what has bounced so far.'
        raise InvalidError(message, details={"field": "confirmations"})
    braking.brake().release()
    return _show(request)


def _list() -> dict[str, Any]:
    known = asdict(settings.of_list())
    return {
        **{name: known[name] for name in SHOWN},
        "time_zone": settings.document()["time_zone"]["name"],
        "colors": accents(known["accent_color"]),
        "double_opt_in": os.environ["DOUBLE_OPT_IN"] == "true",
        "pictures_url": os.environ.get(Env.PICTURES_URL),
        "topics": [asdict(topic) for topic in settings.topics()],
    }


@handler.operation("list_audit")
def _list_audit(request: Request) -> Response:
    on, cursor = request.query.get("on", ""), request.query.get("cursor") or None
    page = audit.entries().page(on, request.limit(DEFAULT_LIMIT, MAX_LIMIT), cursor)
    return json_response(200, {"entries": [entry.to_json() for entry in page.entries], "cursor": page.cursor})
