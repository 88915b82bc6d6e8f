"""How often one source may do something: counters that expire by themselves."""

import hashlib
import ipaddress
from typing import Protocol

from email_list.clock import Clock, utc_now

SIMULATOR = "simulator.amazonses.com"

HOUR = 3600
DAY = 24 * HOUR


class Counters(Protocol):
    """Where counts are kept (`email_list.aws.limit_table`)."""

    def increment(self, key: str, window: int, expires_at: int) -> int:
        """Add one to the count of `key` in this window (epoch seconds of its start); returns the new count."""
        ...


class Limit:
    """At most `limit` uses per source in every window of `seconds`."""

    def __init__(self, name: str, limit: int, seconds: int, counters: Counters, clock: Clock = utc_now) -> None:
        self._name = name
        self._limit = limit
        self._seconds = seconds
        self._counters = counters
        self._clock = clock

    def use(self, source: str) -> bool:
        """Count one use; False once this source's share is exhausted, until the next window."""
        now = int(self._clock().timestamp())
        window = now - now % self._seconds
        key = hashlib.sha256(f"{self._name} {source}".encode()).hexdigest()[:32]
        return self._counters.increment(key, window, expires_at=window + 2 * self._seconds) <= self._limit


def source_network(ip: str) -> str:
    """One household: an IPv4 address, or the /64 network that an IPv6 customer can use freely."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    prefix = 32 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, prefix), strict=False))


def inbox(email: str) -> str:
    """Where emails to a normalised address end up, as far as one can tell: without a `+tag`, and ignoring dots as Gmail
    does.

    Nobody reads the mailboxes of SES's simulator, whose tags tell trials apart (SES developer guide, "Using the mailbox
    simulator").
    """
    local, _, domain = email.rpartition("@")
    if domain == SIMULATOR:
        return email
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
