"""A server whose feeds behave as some do."""

import gzip
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from email_list.feeds import fetching

BODY = b"<rss version='2.0'><channel/></rss>"


class Server(BaseHTTPRequestHandler):
    """Answers as its path says."""

    seen: list[tuple[str, dict[str, str]]]
    entries: list[str]

    def do_GET(self) -> None:
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        getattr(self, self.path.strip("/").partition("/")[0])()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def plain(self) -> None:
        if self.headers["if-none-match"] == '"1"' or self.headers["if-modified-since"] == "then":
            return self.answer(304, etag='"1"')
        return self.answer(200, BODY, content_type="application/rss+xml", etag='"1"', last_modified="then")

    def blog(self) -> None:
        items = "".join(f"<item><title>{title}</title><guid>{title}</guid></item>" for title in self.entries)
        feed = f"<rss version='2.0'><channel><title>Blog</title>{items}</channel></rss>"
        self.answer(200, feed.encode(), content_type="application/rss+xml")

    def packed(self) -> None:
        self.answer(200, gzip.compress(BODY), content_encoding="gzip")

    def damaged(self) -> None:
        self.answer(200, b"not gzip", content_encoding="gzip")

    def bomb(self) -> None:
        self.answer(200, gzip.compress(bytes(2 * fetching.MAX_BYTES)), content_encoding="gzip")

    def large(self) -> None:
        self.answer(200, bytes(10_000_000))

    def gone(self) -> None:
        self.answer(410)

    def missing(self) -> None:
        self.answer(404)

    def broken(self) -> None:
        self.answer(500)

    def moved(self) -> None:
        self.answer(301, location="../plain")

    def loop(self) -> None:
        self.answer(302, location="/loop")

    def nowhere(self) -> None:
        self.answer(302)

    def inside(self) -> None:
        self.answer(302, location="http://169.254.169.254/latest/meta-data/")

    def file(self) -> None:
        self.answer(302, location="file:///etc/passwd")

    def slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(ConnectionError):
            for _ in range(30):
                self.wfile.write(b"x")
                time.sleep(0.05)

    def silent(self) -> None:
        time.sleep(1)

    def log_message(self, format: str, *values: Any) -> None:
        pass


@contextmanager
def serving() -> Generator[str]:
    """The server's address."""
    Server.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()
