"""The HTTP server that is both the SES v2 endpoint and the mailbox."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from local.names import NameServer
from local.ses.api import SesApi
from local.ses.errors import ConnectionDropped, InternalServiceErrorException, SesError
from local.ses.events import Publish
from local.ses.mailbox import Mailbox
from local.ses.web import MailboxWeb, Response

log = logging.getLogger(__name__)


class SesStandIn:
    """A local Amazon SES v2 with a mailbox, and with the domain names of the addresses it sends to.

    `publish(topic_arn, event)` sends an SES event to an SNS topic. It is called in a background thread, in
    order, and tried again when it raises. Without it no events are made.

    Use as a context manager, or call `start` and `stop`. Listens on 127.0.0.1 from construction on, so that
    `url` is known; `port` 0 takes a free one.
    """

    def __init__(self, port: int = 0, publish: Publish | None = None) -> None:
        self._api = SesApi(publish)
        self.names = NameServer()
        self._server = _Server(port, self._api, self.names)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="ses-http", daemon=True)

    @property
    def url(self) -> str:
        """Where an SDK reaches SES: the value of `AWS_ENDPOINT_URL_SESV2`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def mailbox(self) -> Mailbox:
        """The emails themselves, for code that runs in this process."""
        return self._api.mailbox

    @property
    def mailbox_url(self) -> str:
        return f"{self.url}/mailbox"

    def start(self) -> None:
        self._api.publisher.start()
        self.names.start()
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection. Events not published yet are given up."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.close_connections()
        self._api.publisher.stop()
        self.names.stop()

    def __enter__(self) -> "SesStandIn":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, api: SesApi, names: NameServer) -> None:
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), partial(_Handler, api, MailboxWeb(api, names)))

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End the connections kept alive, whose threads would otherwise wait for a next request."""
        with self._connections_lock:
            for connection in self._connections:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.debug("the connection was closed already")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for headers and body

    def __init__(self, api: SesApi, web: MailboxWeb, *connection: Any) -> None:
        self._api = api
        self._web = web
        super().__init__(*connection)  # which handles the requests

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *arguments: Any) -> None:
        log.debug(format, *arguments)

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = urlsplit(self.path)
        try:
            self._send(self._respond(target.path, target.query, body))
        except ConnectionDropped:
            self.close_connection = True
            _shut(self.connection)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _respond(self, path: str, query: str, body: bytes) -> Response:
        if self._comes_from_another_site():
            return Response(403, b"A page of another site must not use the mailbox.", "text/plain")
        if path.startswith("/v2/"):
            return self._ses(path, query, body)
        if path.startswith("/mailbox/"):
            return self._web.respond(self.command, path.removeprefix("/mailbox/"), query, body)
        if self.command == "GET" and path in ("/", "/mailbox"):
            return Response(302, headers={"Location": "/mailbox/"})
        return Response(404, json.dumps({"error": f"there is no {self.command} {path}"}).encode())

    def _comes_from_another_site(self) -> bool:
        origin = self.headers.get("Origin")
        return origin is not None and urlsplit(origin).netloc != self.headers.get("Host")

    def _ses(self, path: str, query: str, body: bytes) -> Response:
        try:
            return Response(200, json.dumps(self._api.call(self.command, path, query, body)).encode())
        except SesError as error:
            return _error(error)
        except ConnectionDropped:
            raise
        except Exception:
            log.exception("%s %s failed", self.command, path)
            return _error(InternalServiceErrorException("The local SES stand-in has a bug; its log says where."))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", response.content_type)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        if isinstance(response.body, bytes):
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._send_chunks(response.body)

    def _send_chunks(self, pieces: Iterator[bytes]) -> None:
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


def _error(error: SesError) -> Response:
    body = json.dumps({"message": error.message}).encode()
    return Response(error.status, body, headers={"x-amzn-ErrorType": error.code})
