"""GET /settings: what is configured, in which state the sender and the account are, and the form to embed."""

import os
from dataclasses import asdict
from typing import Any

from email_list import pages
from email_list.aws.clients import client
from email_list.aws.sender_status import account_status, sender_status
from email_list.http import Request, Response, json_response
from email_list.router import Router
from handlers.shared import page_answers, wiring

handler = Router("settings")


@handler.operation("get_settings")
def _show(request: Request) -> Response:
    return json_response(
        200,
        {
            "list": _list(),
            "sender": sender_status(client("sesv2"), os.environ["SENDER_IDENTITY"]),
            "account": account_status(client("sesv2")),
            "api_url": wiring.settings().public_url,
            "embed_html": _embed_snippet(request),
        },
    )


def _list() -> dict[str, Any]:
    known = asdict(wiring.settings())
    return {
        **{name: known[name] for name in ("name", "postal_address", "sender", "reply_to", "language", "privacy_url")},
        "double_opt_in": os.environ["DOUBLE_OPT_IN"] == "true",
        "topics": [asdict(topic) for topic in wiring.topics()],
    }


def _embed_snippet(request: Request) -> str:
    action_url = f"{wiring.settings().public_url}/subscribe"
    site_key = os.environ.get("CAPTCHA_SITE_KEY")
    return pages.embed_snippet(page_answers.theme(request), action_url, wiring.topics(), site_key)
