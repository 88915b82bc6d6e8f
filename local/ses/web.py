"""The mailbox over HTTP: JSON for programs and tests, pages for people.

| request | answer |
|---|---|
| `GET /mailbox/messages[?to=][&limit=&offset=]` | JSON array of emails, oldest first; `X-Total-Count` |
| `DELETE /mailbox/messages` | empties the mailbox |
| `GET /mailbox/messages/{id}` | one email as JSON |
| `GET /mailbox/messages/{id}/raw` | its RFC 5322 message |
| `GET /mailbox/messages/{id}/view`, `/html` | a page about it, and its HTML part as the page embeds it |
| `POST /mailbox/messages/{id}/open[?bot=]` | its reader opens it: an Open event, if somebody listens for those |
| `POST /mailbox/messages/{id}/click?url=[&bot=]` | its reader follows a link: a Click event; `bot` is SES's verdict |
| `GET`, `PUT /mailbox/behaviour` | see `local.ses.behaviour` |
| `GET`, `PUT /mailbox/names` | what domain names have: see `local.names` |
| `GET /mailbox/[?to=][&offset=]` | the list of emails, newest first |
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from local.names import NamesError, NameServer
from local.ses import events, pages
from local.ses.api import SesApi
from local.ses.behaviour import BehaviourError
from local.ses.mailbox import Mail

_STATIC = {"mailbox.css": "text/css; charset=utf-8", "mailbox.js": "text/javascript; charset=utf-8"}
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The email itself may style and embed, but neither run code nor fetch anything, except pictures if asked to.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; frame-ancestors 'self'"
)


@dataclass
class Response:
    """`body` as an iterator is sent piece by piece, so that it never is in memory as a whole."""

    status: int
    body: bytes | Iterator[bytes] = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class _Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class MailboxWeb:
    def __init__(self, api: SesApi, names: NameServer) -> None:
        self._api = api
        self._names = names

    def respond(self, method: str, path: str, query: str, body: bytes) -> Response:
        """Answer a request; `path` is what follows `/mailbox/`."""
        values = {name: found[-1] for name, found in parse_qs(query, keep_blank_values=True).items()}
        try:
            return self._route(method, path)(values, body)
        except _Refused as refused:
            return _json(refused.status, {"error": str(refused)})

    def _route(self, method: str, path: str) -> Callable[[dict[str, str], bytes], Response]:
        routes: dict[tuple[str, str], Callable[[dict[str, str], bytes], Response]] = {
            ("GET", ""): self._list_page,
            ("GET", "rows"): self._rows,
            ("GET", "messages"): self._messages,
            ("DELETE", "messages"): self._clear,
            ("GET", "behaviour"): self._behaviour,
            ("PUT", "behaviour"): self._change_behaviour,
            ("GET", "names"): self._show_names,
            ("PUT", "names"): self._set_names,
        }
        if (method, path) in routes:
            return routes[method, path]
        for name, content_type in _STATIC.items():
            if (method, path) == ("GET", f"static/{name}"):
                return lambda values, body: _static(name, content_type)
        kind, _, rest = path.partition("/")
        mail_id, _, aspect = rest.partition("/")
        of_one_mail: dict[tuple[str, str], Callable[[Mail, dict[str, str]], Response]] = {
            ("GET", ""): self._message,
            ("GET", "raw"): self._raw,
            ("GET", "view"): self._view,
            ("GET", "html"): self._html,
            ("POST", "open"): self._open,
            ("POST", "click"): self._click,
        }
        if kind != "messages" or not mail_id or (method, aspect) not in of_one_mail:
            raise _Refused(404, f"there is no {method} /mailbox/{path}")
        answer = of_one_mail[method, aspect]
        return lambda values, body: answer(self._find(unquote(mail_id)), values)

    def _find(self, mail_id: str) -> Mail:
        mail = self._api.mailbox.get(mail_id)
        if mail is None:
            raise _Refused(404, f"there is no email {mail_id!r} in the mailbox")
        return mail

    def _messages(self, values: dict[str, str], body: bytes) -> Response:
        mails = self._api.mailbox.mails(values.get("to"))
        offset = _whole(values, "offset", 0)
        shown = mails[offset : offset + _whole(values, "limit", len(mails))]
        return Response(200, _json_array(shown), headers={"X-Total-Count": str(len(mails))})

    def _clear(self, values: dict[str, str], body: bytes) -> Response:
        self._api.mailbox.clear()
        return Response(204)

    def _message(self, mail: Mail, values: dict[str, str]) -> Response:
        return _json(200, mail.shown())

    def _raw(self, mail: Mail, values: dict[str, str]) -> Response:
        return Response(200, mail.message(), "message/rfc822", {"Content-Security-Policy": "sandbox"})

    def _open(self, mail: Mail, values: dict[str, str]) -> Response:
        return self._emit(mail, events.opened(mail, values.get("bot")))

    def _click(self, mail: Mail, values: dict[str, str]) -> Response:
        if not values.get("url"):
            raise _Refused(400, "the url that was followed is missing: /click?url=")
        return self._emit(mail, events.clicked(mail, values["url"], values.get("bot")))

    def _emit(self, mail: Mail, event: events.Event) -> Response:
        with self._api.lock:
            return _json(202, {"events": self._api.publisher.emit(mail, event)})

    def _behaviour(self, values: dict[str, str], body: bytes) -> Response:
        with self._api.lock:
            shown = self._api.behaviour.shown()
            return _json(200, {**shown, "sent_last_24_hours": self._api.quota.sent_last_24_hours()})

    def _show_names(self, values: dict[str, str], body: bytes) -> Response:
        return _json(200, self._names.shown())

    def _set_names(self, values: dict[str, str], body: bytes) -> Response:
        try:
            self._names.set(_read(body))
        except NamesError as error:
            raise _Refused(400, str(error)) from None
        return self._show_names(values, body)

    def _change_behaviour(self, values: dict[str, str], body: bytes) -> Response:
        settings = _read(body)
        with self._api.lock:
            try:
                self._api.change_behaviour(settings)
            except BehaviourError as error:
                raise _Refused(400, str(error)) from None
        return self._behaviour(values, body)

    def _list_page(self, values: dict[str, str], body: bytes) -> Response:
        to = values.get("to", "").strip()
        return _page(pages.list_page(self._newest(to), to, _whole(values, "offset", 0)))

    def _rows(self, values: dict[str, str], body: bytes) -> Response:
        to = values.get("to", "").strip()
        return _page(pages.listing(self._newest(to), to, _whole(values, "offset", 0)))

    def _newest(self, to: str) -> list[Mail]:
        return self._api.mailbox.mails(to or None)[::-1]

    def _view(self, mail: Mail, values: dict[str, str]) -> Response:
        return _page(pages.mail_page(mail))

    def _html(self, mail: Mail, values: dict[str, str]) -> Response:
        document = pages.with_links_in_new_tabs(mail.content.rendered().html or "")
        policy = _MAIL_POLICY.format(pictures="data: https: http:" if values.get("pictures") else "data:")
        return Response(200, document.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": policy})


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise _Refused(400, "the body is not valid JSON") from None


def _json(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value).encode())


def _json_array(mails: list[Mail]) -> Iterator[bytes]:
    yield b"["
    for index, mail in enumerate(mails):
        yield (b",\n" if index else b"") + json.dumps(mail.shown()).encode()
    yield b"]"


def _page(document: str) -> Response:
    return Response(200, document.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": _PAGE_POLICY})


def _static(name: str, content_type: str) -> Response:
    return Response(200, (Path(__file__).parent / "static" / name).read_bytes(), content_type)


def _whole(values: dict[str, str], name: str, default: int) -> int:
    text = values.get(name, str(default))
    if not (text.isascii() and text.isdecimal()):
        raise _Refused(400, f"{name} must be a whole number of 0 or more, not {text!r}")
    return int(text)
