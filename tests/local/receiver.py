"""A web server that takes a list's webhook events."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_KEY = b"a key of thirty-two bytes or so."
SECRET = "whsec_" + base64.b64encode(_KEY).decode()


class Receiver:
    """Takes every event whose signature is right, while it is entered."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def about(self, *wanted: str) -> dict[str, dict[str, Any]]:
        """The latest event of each type about a person or a campaign, by their id or address."""
        found = (event for event in self.events if set(wanted) & {event["data"].get("id"), event["data"].get("email")})
        return {event["type"]: event for event in found}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        events = self.events

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                signed = b".".join(
                    [self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), body]
                )
                digest = base64.b64encode(hmac.new(_KEY, signed, hashlib.sha256).digest()).decode()
                right = hmac.compare_digest(self.headers["webhook-signature"], f"v1,{digest}")
                if right:
                    events.append(json.loads(body))
                self.send_response(204 if right else 401)
                self.end_headers()

            def log_message(self, format: str, *values: Any) -> None:
                pass

        return Handler
