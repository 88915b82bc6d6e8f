"""Whether a domain accepts email at all, as far as its DNS says.

Only a definite no counts: there is no such domain, it says that it accepts no email (RFC 7505), or it has neither a
mail exchange nor an address (RFC 5321, section 5.1). A failed look-up counts as a yes.
"""

import logging

import dns.exception
import dns.name
import dns.resolver

PATIENCE = 3.0
"""Seconds for a look-up, of which a domain needs at most three; a worker has thirty."""

logger = logging.getLogger(__name__)


class MailExchanges:
    """Looks up domains, and remembers the answer for as long as DNS allows."""

    def __init__(self, resolver: dns.resolver.Resolver) -> None:
        self._resolver = resolver
        self._resolver.lifetime = PATIENCE
        self._resolver.cache = dns.resolver.LRUCache()

    def takes_mail(self, email: str) -> bool:
        """Whether email to a normalised address may arrive."""
        domain = email.rpartition("@")[2]
        try:
            return self._has_exchange(domain) or self._has(domain, "A") or self._has(domain, "AAAA")
        except (dns.resolver.NXDOMAIN, _NullMxError):
            return False
        except dns.exception.DNSException:
            logger.warning("a domain could not be looked up", exc_info=True)
            return True

    def _has_exchange(self, domain: str) -> bool:
        try:
            exchanges = [record.exchange for record in self._resolver.resolve(domain, "MX")]
        except dns.resolver.NoAnswer:
            return False
        if all(exchange == dns.name.root for exchange in exchanges):
            raise _NullMxError
        return True

    def _has(self, domain: str, kind: str) -> bool:
        try:
            return bool(self._resolver.resolve(domain, kind))
        except dns.resolver.NoAnswer:
            return False


class _NullMxError(Exception):
    """The domain says that it accepts no email."""


def resolver(name_server: str | None) -> dns.resolver.Resolver:
    """One that asks the name server at `<IP address>:<port>` or, without it, those of this machine."""
    if name_server is None:
        return dns.resolver.Resolver()
    address, _, port = name_server.rpartition(":")
    found = dns.resolver.Resolver(configure=False)
    found.nameservers, found.port = [address], int(port)
    return found
