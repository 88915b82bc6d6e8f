"""Examples: of requests as people would send them, and of answers, made from their shapes.

Tests hold each example against its shape.
"""

from collections.abc import Mapping
from typing import Any

from email_list.openapi.schemas import SCHEMAS, Schema

ID = "06F8K3ZV9Q2M7W4T5X1Y0ABCDE"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MOMENT = "2026-12-24T08:00:00.000Z"
_LETTER = {"subject": "The fair, {{name}}", "body": "Dear {{name}},\n\n[see you there](https://www.example.org/fair)."}
_FILTER = {"all": [{"topic": "News"}, {"attribute": "city", "is": "Berlin"}]}
_SEQUENCE = {
    "name": "Welcome",
    "trigger": {"on": "confirmed"},
    "steps": [{"wait": {}, "letter": _LETTER}, {"wait": {"days": 3}, "at": "09:00", "letter": _LETTER}],
    "exit": {"attribute": "customer", "is": True},
}
_CADENCE = {"every": "week", "on": "monday", "at": "09:00", "time_zone": "Europe/Berlin"}
_FEED = {"url": "https://www.example.org/feed", "cadence": _CADENCE, "mode": "draft"}
_TEMPLATE = {"subject": "{{headline}}", "html": "<h1>{{headline}}</h1>{{> footer}}", "sample": {"headline": "The fair"}}

REQUESTS: Mapping[str, Any] = {
    "sign_up": {"email": "ada@example.com", "name": "Ada", "topics": ["News"]},
    "add_subscriber": {"email": "ada@example.com", "name": "Ada", "attributes": {"city": "Berlin"}},
    "change_subscriber": {"name": "Ada Lovelace", "topics": []},
    "change_subscriber_by_id": {"status": "unsubscribed"},
    "import_subscribers": {"mode": "update", "dry_run": True},
    "export_subscribers": {"status": "active"},
    "create_campaign": {**_LETTER, "audience": {"topics": ["News"]}, "schedule_at": MOMENT},
    "preflight_campaign": {**_LETTER, "audience": {"topics": ["News"]}},
    "edit_campaign": {"letter": _LETTER, "schedule_at": MOMENT},
    "save_template": _TEMPLATE,
    "create_draft": {"title": "The fair", "letter": _LETTER, "audience": {"topics": ["News"]}},
    "save_draft": {"letter": _LETTER},
    "preview_draft": {**_LETTER, "values": {"name": "Ada"}},
    "test_draft": {**_LETTER, "to": ["ada@example.com"]},
    "count_audience": {"audience": {"topics": ["News"]}},
    "create_picture": {"type": "image/jpeg", "size": 482_113, "sha256": DIGEST},
    "create_segment": {"name": "Readers in Berlin", "filter": _FILTER},
    "replace_segment": {"name": "Readers in Berlin", "filter": _FILTER},
    "count_segment": {"filter": _FILTER},
    "create_sequence": _SEQUENCE,
    "replace_sequence": _SEQUENCE,
    "create_feed": _FEED,
    "preview_feed": _FEED,
    "replace_feed": _FEED,
    "change_settings": {"confirmations": "running"},
}
"""JSON bodies by operation."""

OTHERS: Mapping[str, str] = {
    "text/html": "<!doctype html>…",
    "text/plain": "<form …>…</form>",
    "text/csv": "email,name,city\nada@example.com,Ada,Berlin\n",
}
"""Bodies of other media types."""

_OF_SHAPES: Mapping[str, Any] = {
    "Letter": _LETTER,
    "Filter": _FILTER,
    "Cadence": _CADENCE,
    "Audience": {"topics": ["News"]},
    "Attributes": {"city": "Berlin"},
    "Picture": {
        "id": DIGEST,
        "status": "ready",
        "reason": None,
        "type": "image/jpeg",
        "size": 482_113,
        "width": 1200,
        "height": 800,
        "url": f"https://d111111abcdef8.cloudfront.net/{DIGEST}.jpg",
        "created_at": MOMENT,
    },
    "PictureUpload": {
        "id": DIGEST,
        "upload": {
            "url": "https://pictures.s3.eu-west-1.amazonaws.com/",
            "fields": {"key": f"uploads/{DIGEST}", "Content-Type": "image/jpeg", "policy": "eyJleHBpcmF0aW9u…"},
        },
        "url": f"https://d111111abcdef8.cloudfront.net/{DIGEST}.jpg",
    },
    "KnownFields": {
        "people": 2,
        "exact": True,
        "topics": [{"value": "News", "people": 2}],
        "sources": [{"value": "form", "people": 2}],
        "languages": [],
        "attributes": [{"name": "city", "type": "text", "people": 1, "values": [{"value": "Berlin", "people": 1}]}],
    },
    "Error": {
        "error": {
            "code": "invalid",
            "message": "subject has at most 200 characters.",
            "details": {"field": "subject"},
        }
    },
}

_OF_PROPERTIES: Mapping[str, Any] = {
    "id": ID,
    "email": "ada@example.com",
    "name": "Ada",
    "subject": "The fair",
    "subscribed_date": MOMENT,
    "cursor": None,
    "attributes": {"city": "Berlin"},
    "source": "form",
    "language": "en",
    "sent_to": ["ada@example.com"],
    "url": "https://www.example.org/fair",
    "upload_url": "https://files.example.org/imports/1.csv",
    "api_url": "https://list.example.org",
    "message": "Done.",
    "token": "the-token-from-the-link",
}


def example(schema: Schema, name: str = "") -> Any:
    """An instance of a schema, in which whatever is not required is left out."""
    if "$ref" in schema:
        shape = schema["$ref"].rpartition("/")[2]
        return _OF_SHAPES[shape] if shape in _OF_SHAPES else example(SCHEMAS[shape], name)
    if "enum" in schema:
        return schema["enum"][0]
    if name in _OF_PROPERTIES:
        return _OF_PROPERTIES[name]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], name)
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {each: example(schema["properties"][each], each) for each in required}
        case "array":
            return [example(schema["items"])] if schema["items"].get("type") != "string" else []
        case "string":
            return {"date-time": MOMENT, "date": MOMENT[:10]}.get(schema.get("format", ""), schema.get("example", "…"))
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return True
    return {}
