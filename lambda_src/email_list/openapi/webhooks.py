"""The webhooks section: what the list tells the receiver at `webhookUrl` (`email_list.webhooks.webhooks`)."""

from collections.abc import Mapping
from typing import Any

from email_list.openapi.examples import example
from email_list.openapi.schemas import ref, text

_SIGNED = "Signed as Standard Webhooks describes; see docs/events.md."
_HEADERS: Mapping[str, str] = {
    "webhook-id": "The event's id. A receiver may get an event more than once, always under the same id.",
    "webhook-timestamp": "Seconds since 1970 at which this attempt was made.",
    "webhook-signature": "`v1,` and the Base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`.",
}


def _webhook(kind: str, summary: str, schema: str) -> dict[str, Any]:
    told = {**example(ref(schema)), "type": kind}
    return {
        "post": {
            "operationId": kind.replace(".", "_"),
            "summary": summary,
            "description": _SIGNED,
            "tags": ["webhooks"],
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "schema": text(description=words)}
                for name, words in _HEADERS.items()
            ],
            "requestBody": {"content": {"application/json": {"schema": ref(schema), "example": told}}},
            "responses": {
                "2XX": {"description": "The event is accepted."},
                "4XX": {"description": "It is sent again later, for about a day, as after any other response."},
            },
        }
    }


WEBHOOKS: Mapping[str, Any] = {
    kind: _webhook(kind, summary, schema)
    for kind, summary, schema in (
        ("subscriber.subscribed", "Somebody has joined without a confirmation.", "SubscriberEvent"),
        ("subscriber.confirmed", "Somebody has confirmed.", "SubscriberEvent"),
        ("subscriber.unsubscribed", "Somebody has left.", "SubscriberEvent"),
        (
            "subscriber.bounced",
            "An email was a hard bounce; the address has left the list.",
            "SubscriberEvent",
        ),
        ("subscriber.complained", "Somebody reported an email as spam and has left the list.", "SubscriberEvent"),
        ("subscriber.erased", "Somebody was erased; forget them too.", "ErasureEvent"),
        ("campaign.finished", "A campaign is sent, cancelled, or failed.", "CampaignEvent"),
        ("sequence.finished", "Somebody is through with a sequence.", "SequenceEvent"),
    )
}
