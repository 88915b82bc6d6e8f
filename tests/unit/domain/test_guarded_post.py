"""Requests to addresses that people chose."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from email_list.webhooks import guarded_post
from email_list.webhooks.guarded_post import ForbiddenAddressError, post


class Receiver(BaseHTTPRequestHandler):
    """Remembers what it gets, and answers as its path says."""

    got: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        status = int(self.path.rpartition("/")[2].partition("?")[0])
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/200")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *values: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    Receiver.got = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_request_arrives_as_it_is(receiver: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/hook/204?key=1"
    assert post(url, b"{}", {"webhook-id": "evt_1"}, private=True) == 204
    [(path, headers, body)] = Receiver.got
    assert (path, body) == ("/hook/204?key=1", b"{}")
    assert (headers["webhook-id"], headers["host"]) == ("evt_1", f"127.0.0.1:{receiver.server_port}")


def test_a_redirect_is_not_followed(receiver: ThreadingHTTPServer) -> None:
    assert post(f"http://127.0.0.1:{receiver.server_port}/302", b"{}", {}, private=True) == 302
    assert [path for path, *_ in Receiver.got] == ["/302"]


@pytest.mark.parametrize("url", ["http://93.184.215.14/", "ftp://93.184.215.14/", "file:///etc/passwd"])
def test_only_https_is_spoken(url: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="is not https"):
        post(url, b"", {})


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0.0.0.0",
        "10.1.2.3",
        "169.254.169.254",
        "192.168.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
        "[2002:7f00:1::]",
    ],
)
def test_private_addresses_are_refused_in_every_spelling(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    with pytest.raises(ForbiddenAddressError, match="is not a public address"):
        post(f"https://{host}/", b"", {})


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ForbiddenAddressError, match=r"10\.0\.0\.1"):
        post("https://hooks.example/", b"", {})


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["93.184.215.14", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (next(answers), 443))])
    reached: list[Any] = []

    def connect(address: Any, timeout: float) -> socket.socket:
        reached.append((address, timeout))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        post("https://hooks.example/", b"", {})
    assert reached == [(("93.184.215.14", 443), guarded_post.TIMEOUT_SECONDS)]
