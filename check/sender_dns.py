"""What public DNS says about the sender's domain."""

from collections.abc import Sequence

import dns.exception
import dns.resolver

SECONDS = 5.0
"""How long one look-up may take, including all attempts."""


def look_up(name: str, kind: str, resolver: dns.resolver.Resolver | None = None) -> list[str] | None:
    """The records of a name, as text without the trailing dot; None if no server could be asked."""
    try:
        answer = (resolver or dns.resolver.get_default_resolver()).resolve(name, kind, lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException:
        return None
    return [record.to_text().strip('"').rstrip(".") for record in answer]


def dkim_words(records: Sequence[dict[str, str]], resolver: dns.resolver.Resolver | None = None) -> list[str]:
    """One line for each record of the output `dkim_records`: what to enter, and what DNS has now."""
    return [
        f"{record['name']} {record['type']} {record['value']}: "
        + _state(look_up(record["name"], record["type"], resolver), record["value"])
        for record in records
    ]


def dmarc_words(domain: str, resolver: dns.resolver.Resolver | None = None) -> str:
    """Whether the domain, or one above it, has the DMARC record that large mailbox providers ask bulk senders for."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        found = look_up("_dmarc." + ".".join(labels[start:]), "TXT", resolver)
        if found is None:
            return "DMARC could not be looked up"
        if any(record.lower().startswith("v=dmarc1") for record in found):
            return "DMARC published"
    return f'no DMARC record: add _dmarc.{domain} TXT "v=DMARC1; p=none"'


def _state(found: list[str] | None, wanted: str) -> str:
    if found is None:
        return "could not be looked up"
    if not found:
        return "missing"
    return "found" if wanted.lower() in [value.lower() for value in found] else f"wrong, it has {', '.join(found)}"
