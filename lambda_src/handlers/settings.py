"""The configuration, the state of the sender and the account, and the form to embed."""

import os
from dataclasses import asdict
from typing import Any

from email_list.http import Request, Response, json_response
from email_list.mail import colors
from email_list.router import Router
from handlers.wiring import account, pages, settings

SHOWN = (
    *("name", "postal_address", "sender", "reply_to", "language"),
    *("privacy_url", "logo_url", "website_url", "description"),
)

handler = Router("settings")


@handler.operation("get_settings")
def _show(request: Request) -> Response:
    return json_response(
        200,
        {
            "list": _list(),
            "sender": account.sender(),
            "account": account.account(),
            "api_url": settings.of_list().public_url,
            "embed_html": pages.embed_snippet(request),
        },
    )


def _list() -> dict[str, Any]:
    known = asdict(settings.of_list())
    return {
        **{name: known[name] for name in SHOWN},
        "time_zone": settings.document()["time_zone"]["name"],
        "colors": colors.accents(known["accent_color"]),
        "double_opt_in": os.environ["DOUBLE_OPT_IN"] == "true",
        "topics": [asdict(topic) for topic in settings.topics()],
    }
