"""Requests to an address that a person chose, without giving them access to places that only we can reach.

Names are resolved here, every address they stand for is checked, and the connection goes to one that was checked: a
name that resolves to something else a moment later changes nothing. Redirects are not followed.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10
MAX_ANSWER = 1024
"""Bytes read of a response, which is of no further interest."""


class ForbiddenAddressError(Exception):
    """The URL leads to a forbidden place."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False) -> int:
    """The status of the response. OSError or http.client.HTTPException if there is none.

    Only https to public addresses, unless `private` allows this machine and its network, and plain http, for tests.
    """
    schemes = ("https", "http") if private else ("https",)
    with connection(url, private=private, schemes=schemes) as (server, path, host):
        server.request("POST", path, body=body, headers={"host": host, **headers})
        answer = server.getresponse()
        answer.read(MAX_ANSWER)
        return answer.status


@contextmanager
def connection(
    url: str, *, private: bool, schemes: Collection[str]
) -> Generator[tuple[http.client.HTTPConnection, str, str]]:
    """A connection for one request to a URL, with the path to ask for and the value of the header Host.

    OSError if there is none, ForbiddenAddressError for another scheme and, unless `private`, for an address that is not
    public.
    """
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        raise ForbiddenAddressError(f"{parts.scheme} is not {' or '.join(schemes)}")
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    server = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        server.sock = _connect(_resolve(host, port, private), port)
        if parts.scheme == "https":
            server.sock = ssl.create_default_context().wrap_socket(server.sock, server_hostname=host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # With a default port, the Host header does not name it.
        yield server, path, parts.netloc.rpartition("@")[2]
    finally:
        server.close()


def _resolve(host: str, port: int, private: bool) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    for address in addresses:
        if not private and not _is_public(address):
            raise ForbiddenAddressError(f"{host} stands for {address}, which is not a public address")
    return addresses


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (inner is None or inner.is_global)


def _connect(addresses: Sequence[str], port: int) -> socket.socket:
    """A connection to the first address that answers."""
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
        except OSError as error:
            failure = error
    raise failure
