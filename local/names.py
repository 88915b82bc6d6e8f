"""A name server on 127.0.0.1, so that no look-up leaves this machine.

Every domain has a mail exchange and nothing else, until somebody says otherwise: `NameServer.set`, or
`PUT /mailbox/names` with `{name: what}`, where what is

- the records of the name by their type, as a zone file has them: `{"MX": ["10 mx.example.org."], "TXT": ['"v=spf1"']}`;
- `{}`: there is no such name;
- `"SERVFAIL"` or `"SILENCE"`: it cannot be looked up;
- `null`: as every other.
"""

import socketserver
import threading
from collections.abc import Mapping
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 0
"""Seconds; what is said holds for the next question."""

FAILURES = ("SERVFAIL", "SILENCE")
MAX_NAMES = 10_000

Records = Mapping[str, list[str]]


class NamesError(ValueError):
    """What was said about a name is nothing that this server can say."""


class NameServer:
    """Answers over UDP. Listens from construction on, so that `address` is known."""

    def __init__(self) -> None:
        self._known: dict[dns.name.Name, Records | str] = {}
        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="dns", daemon=True)

    @property
    def address(self) -> str:
        """`127.0.0.1:<port>`"""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def set(self, names: Mapping[str, Any]) -> None:
        """Say what names have, in place of what was said of them. NamesError for what cannot be said."""
        if not isinstance(names, Mapping) or len(names) > MAX_NAMES:
            raise NamesError(f"names are an object of up to {MAX_NAMES} names")
        known = dict(self._known)
        for name, what in names.items():
            try:
                key = dns.name.from_text(name)
                known[key] = _checked(key, what)
            except (dns.exception.DNSException, AttributeError, TypeError, ValueError) as error:
                raise NamesError(f"{name!r} cannot have {what!r}: {error}") from error
            if what is None:
                del known[key]
        self._known = known

    def shown(self) -> dict[str, Records | str]:
        """What was said."""
        return {name.to_text(omit_final_dot=True): what for name, what in self._known.items()}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> "NameServer":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        answer = self._answer

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                packet, socket = self.request
                found = answer(packet)
                if found is not None:
                    socket.sendto(found, self.client_address)

        return Handler

    def _answer(self, packet: bytes) -> bytes | None:
        try:
            query = dns.message.from_wire(packet)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError):
            return None
        response = dns.message.make_response(query, recursion_available=True)
        usual = {"MX": [f"10 mx.{question.name}"]}
        what = self._known.get(question.name, usual)
        match what:
            case "SILENCE":
                return None
            case "SERVFAIL":
                response.set_rcode(dns.rcode.SERVFAIL)
            case Mapping() if not what:
                response.set_rcode(dns.rcode.NXDOMAIN)
            case Mapping():
                kind = dns.rdatatype.to_text(question.rdtype)
                if kind in what:
                    response.answer.append(dns.rrset.from_text_list(question.name, TTL, "IN", kind, what[kind]))
        return response.to_wire()


def _checked(name: dns.name.Name, what: Any) -> Records | str:
    """What was said, if it can be: each record is read once."""
    if isinstance(what, str):
        if what not in FAILURES:
            raise ValueError(f"it is one of {', '.join(FAILURES)}")
        return what
    for kind, values in (what or {}).items():
        dns.rrset.from_text_list(name, TTL, "IN", kind, values)
    return what or {}
