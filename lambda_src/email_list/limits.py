"""How often one source may do something: counters that forget by themselves."""

import hashlib
import ipaddress
from typing import Protocol

from email_list.clock import Clock, utc_now
from email_list.errors import TooManyRequestsError

HOUR = 3600


class Counters(Protocol):
    """Where counts are kept (`email_list.aws.limit_table`)."""

    def increment(self, key: str, window: int, expires_at: int) -> int:
        """Add one to the count of `key` in this window (epoch seconds of its start); the count after it."""
        ...


class HourlyLimit:
    """At most `limit` uses an hour for each source."""

    def __init__(self, name: str, limit: int, counters: Counters, clock: Clock = utc_now) -> None:
        self._name = name
        self._limit = limit
        self._counters = counters
        self._clock = clock

    def use(self, ip: str) -> None:
        """Count one use; TooManyRequestsError once the hour's share of this address is used up."""
        now = int(self._clock().timestamp())
        window = now - now % HOUR
        key = hashlib.sha256(f"{self._name} {source_network(ip)}".encode()).hexdigest()[:32]
        if self._counters.increment(key, window, expires_at=window + 2 * HOUR) > self._limit:
            raise TooManyRequestsError("Too many requests from your network. Please try again in an hour.")


def source_network(ip: str) -> str:
    """One household: an IPv4 address, or the /64 network that an IPv6 customer can roam in at will."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    prefix = 32 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, prefix), strict=False))
