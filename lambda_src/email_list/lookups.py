"""Looking names up in the DNS."""

from collections.abc import Sequence

import dns.exception
import dns.rdata
import dns.resolver

PATIENCE = 3.0
"""Seconds for a look-up, all attempts included."""

NOWHERE = "."
"""The exchange of a domain that says it accepts no email (RFC 7505)."""


class NoAnswerError(Exception):
    """Nobody could say what a name has."""


class Lookups:
    """Looks names up. If it `remembers`, it does so for as long as DNS allows."""

    def __init__(self, resolver: dns.resolver.Resolver, patience: float = PATIENCE, *, remembers: bool = False) -> None:
        self._resolver = resolver
        self._resolver.lifetime = patience
        self._resolver.cache = dns.resolver.LRUCache() if remembers else None

    def find(self, name: str, kind: str) -> Sequence[str]:
        """The records of a kind, such as `10 mx.example.org` for MX; none if there is no such name. NoAnswerError."""
        try:
            return [_text(record) for record in self._resolver.resolve(name, kind)]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise NoAnswerError(f"{kind} of {name}: {type(error).__name__}") from error


def _text(record: dns.rdata.Rdata) -> str:
    """As people enter it: a long text in one piece, names without the dot at their end."""
    if strings := getattr(record, "strings", ()):
        return b"".join(strings).decode(errors="replace")
    text = record.to_text()
    return text if text.endswith(f" {NOWHERE}") else text.removesuffix(".")


def resolver(name_server: str | None) -> dns.resolver.Resolver:
    """One that asks the name server at `<IP address>:<port>` or, without it, those of this machine."""
    if name_server is None:
        return dns.resolver.Resolver()
    address, _, port = name_server.rpartition(":")
    found = dns.resolver.Resolver(configure=False)
    found.nameservers, found.port = [address], int(port)
    return found
