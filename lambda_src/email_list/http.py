"""HTTP as the functions see it: one request type and one response type.

A function has two doors: API Gateway's HTTP API (payload format 2.0) and direct invocation, where the event itself is
the JSON body. Both result in the same `Request` and get the same response.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import parse_qs

from email_list.errors import EmailListError, InvalidError, MalformedError, TooLargeError

MAX_BODY = 256 * 1024
"""Bytes of a request body, unless a function sets its own limit."""

MAX_FORM_FIELDS = 50
MULTIPART = "multipart/form-data"

MAX_DEPTH = 32
"""Levels of objects and lists in a JSON body; DynamoDB stores no more."""

_FIELD_NAME = re.compile(r';\s*name="([^"]*)"', re.IGNORECASE)
_FILE_NAME = re.compile(r";\s*filename\*?=", re.IGNORECASE)

_EVERY_ANSWER = {"strict-transport-security": "max-age=31536000", "x-content-type-options": "nosniff"}
"""Browsers return over HTTPS only, and never guess a response's type."""


@dataclass(frozen=True)
class Caller:
    """Who changes something: the id of an administrator's token and its scope, as the authorizer tells them."""

    token: str
    scope: str


OPERATOR = Caller("operator", "invoke")
"""Anyone who may invoke functions directly, by IAM."""

STRANGER = Caller("", "")


@dataclass(frozen=True)
class Request:
    """One call of a function. Header names are lower case; `direct` tells direct invocation from HTTP.

    `path_parameters` and `fields`, those of the body, are what `email_list.router` read; `ends` is when Lambda ends
    this invocation, by `time.monotonic()`.
    """

    method: str = "POST"
    path: str = "/"
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fields: Mapping[str, Any] = field(default_factory=dict)
    source_ip: str = ""
    user_agent: str = ""
    direct: bool = False
    caller: Caller = STRANGER
    ends: float = math.inf

    @classmethod
    def from_event(cls, event: Any, max_body: int = MAX_BODY) -> "Request":
        """Read a Lambda event. MalformedError or TooLargeError if it cannot be read."""
        if not isinstance(event, Mapping):
            raise MalformedError("The event must be a JSON object.")
        http = event.get("requestContext", {}).get("http") if "requestContext" in event else None
        if http is None:
            try:
                body = json.dumps(event).encode()
            except RecursionError as error:
                raise MalformedError("The event is nested too deeply.") from error
            if len(body) > max_body:
                raise TooLargeError(f"The event can have at most {max_body} bytes.")
            return cls(body=body, headers={"content-type": "application/json"}, direct=True, caller=OPERATOR)
        return cls(
            method=http["method"],
            path=event.get("rawPath", "/"),
            query=event.get("queryStringParameters") or {},
            headers={key.lower(): value for key, value in (event.get("headers") or {}).items()},
            body=_body(event, max_body),
            source_ip=http.get("sourceIp", ""),
            user_agent=http.get("userAgent", ""),
            caller=_caller(event["requestContext"]),
        )

    @property
    def is_form(self) -> bool:
        """Whether the body is an HTML form's, sent by a browser or by a script with `FormData`."""
        return self.has_type("application/x-www-form-urlencoded") or self.has_type(MULTIPART)

    def has_type(self, media_type: str) -> bool:
        """Whether the body says to be of this media type."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == media_type

    def has_seen(self, version: int) -> bool:
        """Whether If-Match names this version as the one to change, or says nothing (RFC 9110, section 13.1.1)."""
        given = [tag.strip().removeprefix("W/").strip('"') for tag in self.headers.get("if-match", "").split(",")]
        return given == [""] or not {"*", str(version)}.isdisjoint(given)

    def limit(self, default: int, most: int) -> int:
        """How many items of a listing are requested. InvalidError outside 1 to `most`."""
        value = (self.fields if self.direct else self.query).get("limit")
        if value in (None, ""):
            return default
        text = str(value)
        if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
            raise InvalidError(f"limit must be a whole number from 1 to {most}.", details={"field": "limit"})
        return int(text)

    def text_field(self, name: str, limit: int) -> str:
        """One field of a form, or of the query string, trimmed; empty if it is missing, a list, or too long."""
        value = self.fields.get(name) if self.is_form else None
        value = self.query.get(name, "") if value is None else value
        return value.strip() if isinstance(value, str) and len(value) <= limit else ""


def read_json(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object; an empty body has none."""
    try:
        document = json.loads(body or b"{}", parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedError("The body is not valid JSON.") from error
    if not isinstance(document, dict):
        raise MalformedError("The body must be a JSON object.")
    if _is_deeper(document, MAX_DEPTH):
        raise MalformedError(f"The body can be nested at most {MAX_DEPTH} levels deep.")
    return document


def read_form(request: Request) -> dict[str, Any]:
    """The fields of an HTML form; one that occurs more than once becomes a list. Files in it are ignored."""
    read = _multipart if request.has_type(MULTIPART) else _urlencoded
    try:
        fields = read(request)
    except UnicodeDecodeError as error:
        message = 'The form is not encoded in UTF-8. Give it the attribute accept-charset="utf-8".'
        raise MalformedError(message) from error
    except ValueError as error:
        raise MalformedError("The body is not a valid form.") from error
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


def _urlencoded(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="strict")


def _multipart(request: Request) -> dict[str, list[str]]:
    """The fields of `multipart/form-data` (RFC 7578). ValueError for too many of them."""
    kind = request.headers["content-type"].encode("latin-1", "replace")
    parts = message_from_bytes(b"content-type: " + kind + b"\r\n\r\n" + request.body)
    payload = parts.get_payload() if parts.is_multipart() else []
    if len(payload) > MAX_FORM_FIELDS:
        raise ValueError("too many fields")
    fields: dict[str, list[str]] = {}
    for part in payload:
        assert isinstance(part, Message)
        name, content = _field_name(part), part.get_payload(decode=True)
        if name is not None and isinstance(content, bytes):
            fields.setdefault(name, []).append(content.decode())
    return fields


def _field_name(part: Message) -> str | None:
    """The name of the field that a part contains; None for a file, and for a part without a name.

    Browsers write it as it is, except for quotes and line ends (HTML standard, "Multipart form data"); the parser keeps
    non-ASCII letters as surrogate-escaped bytes.
    """
    headers = {name.lower(): str(value) for name, value in part.raw_items()}
    said = headers.get("content-disposition", "").encode("ascii", "surrogateescape").decode()
    found = _FIELD_NAME.search(said)
    if found is None or _FILE_NAME.search(said):
        return None
    return found[1].replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _finite(text: str) -> float:
    """A JSON number; Python would also read NaN and Infinity, and return them to clients that cannot."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a JSON number")
    return number


def _is_deeper(document: Any, levels: int) -> bool:
    """Whether objects and lists are nested deeper than this; determined without recursion."""
    layer = [document]
    for _ in range(levels):
        layer = [item for node in layer if isinstance(node, dict | list) for item in _items(node)]
    return any(isinstance(node, dict | list) for node in layer)


def _items(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node


def _caller(context: Mapping[str, Any]) -> Caller:
    """Who calls, by the context of a Lambda authorizer's simple response (HTTP API developer guide, "Control access to
    HTTP APIs with AWS Lambda authorizers")."""
    told = (context.get("authorizer") or {}).get("lambda") or {}
    return Caller(told.get("token", ""), told.get("scope", ""))


def _body(event: Mapping[str, Any], max_body: int) -> bytes:
    text = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeError) as error:
        raise MalformedError("The body cannot be decoded.") from error
    if len(body) > max_body:
        raise TooLargeError(f"The body can have at most {max_body} bytes.")
    return body


@dataclass(frozen=True)
class Response:
    """A response; `body` is its text."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_event(self) -> dict[str, Any]:
        """The shape that API Gateway and direct callers read."""
        return {"statusCode": self.status, "headers": {**_EVERY_ANSWER, **self.headers}, "body": self.body}


@dataclass(frozen=True)
class BinaryResponse(Response):
    """A response of bytes; `body` holds them in base64, which API Gateway decodes."""

    @classmethod
    def of(cls, status: int, content: bytes, headers: Mapping[str, str]) -> "BinaryResponse":
        return cls(status, base64.b64encode(content).decode(), headers)

    def to_event(self) -> dict[str, Any]:
        """The shape that API Gateway reads."""
        return {**super().to_event(), "isBase64Encoded": True}


def json_response(status: int, document: Mapping[str, Any], more: Mapping[str, str] | None = None) -> Response:
    """A JSON response, never cached, because responses are about people, and never shown as a page."""
    headers = {
        "content-type": "application/json",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        **(more or {}),
    }
    text = json.dumps(document, ensure_ascii=False, default=_plain)
    # Half a character, sent as an escape, may return in an error's details; it cannot be sent as UTF-8.
    return Response(status, text.encode(errors="replace").decode(), headers)


def _plain(value: Any) -> Any:
    """DynamoDB returns numbers as Decimal and sets as sets."""
    if isinstance(value, set):
        return sorted(value)
    number = float(value)
    return int(number) if number.is_integer() else number


def error_response(error: EmailListError, request: Request | None = None) -> Response:
    """`{"error": {"code", "message", "details"?}}` with the error's own status."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details is not None:
        body["details"] = error.details
    return json_response(error.status, {"error": body}, error.headers)
