"""A gate between functions and AWS, where their calls can be made to go wrong.

Functions reach DynamoDB, SQS and SES through it, by the SDK's service-specific endpoints. A fault says which call of
which function goes wrong, and how: the caller's process is killed, or left without an answer until its time is up, the
call is refused, or carried out and its answer lost. Nothing in the functions knows of it.
"""

import glob
import http.client
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"
HANG_SECONDS = 120.0
GONE_WITHIN = 2.0
"""Seconds in which a process that was killed has closed its connections."""


class Harm(Enum):
    """How a call goes wrong. `KILL_AFTER` and `LOSE` let it happen first."""

    KILL_BEFORE = "killed before"
    KILL_AFTER = "killed after"
    HANG = "no answer until time is up"
    REFUSE = "refused"
    LOSE = "carried out, and the answer lost"


@dataclass
class Fault:
    """Harm to calls of one `function` to one `operation` (None: any).

    Of the calls that match, `after` are let through, then every `every`th is harmed, `times` in all.
    """

    harm: Harm
    function: str
    operation: str | None = None
    times: int = 1
    after: int = 0
    every: int = 1
    seen: int = 0
    fired: int = 0

    def strikes(self, function: str, operation: str) -> bool:
        """Whether this call is harmed. Counts it."""
        if function != self.function or self.operation not in (None, operation) or self.fired >= self.times:
            return False
        self.seen += 1
        if self.seen <= self.after or (self.seen - self.after - 1) % self.every:
            return False
        self.fired += 1
        return True


class _Caller(BaseHTTPRequestHandler):
    """One connection of a function, and ours to the service it calls."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: http.client.HTTPConnection | None = None

    def finish(self) -> None:
        if self.upstream:
            self.upstream.close()
        super().finish()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed leaves its other connections broken; anything else is worth a traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class Gate:
    """Listens for the functions' calls, one door for each function and service, and passes them on."""

    faults: list[Fault] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: list[_Server] = []

    def door(self, function: str, upstream: str) -> str:
        """The address of a new door for one function's calls to one service."""
        gate = self

        class Handler(_Caller):
            def do_POST(self) -> None:
                gate._pass(self, function, upstream)

            do_GET = do_PUT = do_DELETE = do_POST

        server = _Server((HOST, 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)
        return f"http://{HOST}:{server.server_address[1]}"

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _pass(self, caller: _Caller, function: str, upstream: str) -> None:
        body = caller.rfile.read(int(caller.headers.get("content-length") or 0))
        target = caller.headers.get("x-amz-target", "")
        operation = target.rpartition(".")[2] or f"{caller.command} {caller.path}"
        with self._lock:
            self.calls += 1
            fault = next((fault for fault in self.faults if fault.strikes(function, operation)), None)
        harm = fault.harm if fault else None
        if harm is Harm.KILL_BEFORE:
            return self._kill(caller)
        if harm is Harm.HANG:
            return self._hang(caller)
        if harm is Harm.REFUSE:
            return _refuse(caller)
        try:
            status, headers, answer = _forward(caller, upstream, body)
        except (OSError, http.client.HTTPException):
            # The service hung up, so this end does as well.
            caller.close_connection = True
            return None
        if harm is Harm.KILL_AFTER:
            return self._kill(caller)
        if harm is Harm.LOSE:
            caller.close_connection = True
            return None
        caller.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                caller.send_header(name, value)
        caller.send_header("content-length", str(len(answer)))
        caller.end_headers()
        caller.wfile.write(answer)
        return None

    def _kill(self, caller: _Caller) -> None:
        """End the process at the other end of the connection: a worker of our own emulator. Another of its calls may
        have ended it already, which closes the connection."""
        caller.close_connection = True
        try:
            os.kill(_process_behind(caller.client_address, caller.connection.getsockname()), signal.SIGKILL)
        except LookupError:
            caller.connection.settimeout(GONE_WITHIN)
            with suppress(ConnectionError):
                if caller.connection.recv(1, socket.MSG_PEEK):
                    raise

    def _hang(self, caller: _Caller) -> None:
        """Say nothing until the caller is gone."""
        caller.close_connection = True
        deadline = time.monotonic() + HANG_SECONDS
        caller.connection.settimeout(1)
        while time.monotonic() < deadline:
            try:
                if not caller.connection.recv(1, socket.MSG_PEEK):
                    return
            except TimeoutError:
                continue
            except OSError:
                return


def _forward(caller: _Caller, upstream: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = caller.upstream
    if connection is None:
        address = urlsplit(upstream)
        assert address.hostname
        connection = caller.upstream = http.client.HTTPConnection(address.hostname, address.port, timeout=HANG_SECONDS)
    connection.putrequest(caller.command, caller.path, skip_host=True, skip_accept_encoding=True)
    for name, value in caller.headers.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    return answer.status, answer.getheaders(), answer.read()


def _refuse(caller: _Caller) -> None:
    error = {"__type": "com.amazonaws.dynamodb#InternalServerError", "message": "injected"}
    answer = json.dumps(error).encode()
    caller.send_response_only(500)
    caller.send_header("content-type", "application/x-amz-json-1.0")
    caller.send_header("content-length", str(len(answer)))
    caller.end_headers()
    caller.wfile.write(answer)


def _process_behind(client: tuple[str, int], server: tuple[str, int]) -> int:
    """The process that holds the client's end of a TCP connection (proc(5), /proc/net/tcp). Another connection may
    begin at the same port, ours to the service among them, so both ends must be right."""
    ends = [f"{struct.unpack('<I', socket.inet_aton(host))[0]:08X}:{port:04X}" for host, port in (client, server)]
    with open("/proc/net/tcp") as table:
        inode = next((line.split()[9] for line in table if line.split()[1:3] == ends), None)
    for pid, target in _sockets():
        if target == f"socket:[{inode}]":
            return pid
    raise LookupError(f"no process behind {client}")


def _sockets() -> Iterator[tuple[int, str]]:
    """What each process has open; processes and files that go meanwhile are passed over."""
    for descriptor in glob.iglob("/proc/[0-9]*/fd/*"):
        with suppress(OSError):
            yield int(descriptor.split("/")[2]), os.readlink(descriptor)
