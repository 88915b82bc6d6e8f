"""Fetching a feed from an address that an editor chose: within bounds, and never from where only we can reach."""

import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.parse import urljoin

from email_list.feeds.problem import FeedError, Trouble
from email_list.webhooks.guarded_post import ForbiddenAddressError, connection

MAX_BYTES = 5_000_000
MAX_REDIRECTS = 5
MAX_SECONDS = 20.0
MAX_VALIDATOR = 1000
"""Characters of an ETag or a Last-Modified that are kept and sent back."""

CHUNK = 64 * 1024
USER_AGENT = "email-list (feed to email)"
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_MOVED = {301, 302, 303, 307, 308}

_CAUSES: Mapping[type[Exception], str] = {
    socket.gaierror: "there is no server of this name",
    ssl.SSLError: "its certificate is not valid",
    ConnectionRefusedError: "it accepts no connections",
    HTTPException: "its answer is no HTTP",
}


@dataclass(frozen=True)
class Fetched:
    """What is at an address; `content` is None if it has not changed. `etag` and `modified` ask next time."""

    content: bytes | None
    content_type: str
    etag: str
    modified: str
    url: str


def fetch(url: str, etag: str = "", modified: str = "", *, private: bool = False) -> Fetched:
    """What is at an address, after its redirects. FeedError says why there is nothing to read.

    With what an earlier response had as `etag` and `modified`, the server is asked only for what has changed since.
    `private` allows this machine and its network.
    """
    deadline = time.monotonic() + MAX_SECONDS
    known = {"if-none-match": etag, "if-modified-since": modified}
    headers = {"user-agent": USER_AGENT, "accept": _ACCEPT, "accept-encoding": "gzip"}
    headers |= {name: value for name, value in known.items() if value}
    for _ in range(MAX_REDIRECTS + 1):
        try:
            with connection(url, private=private, schemes=("https", "http")) as (server, path, host):
                server.request("GET", path, headers={"host": host, **headers})
                answer = server.getresponse()
                if answer.status not in _MOVED:
                    return _read(answer, url, deadline)
                url = urljoin(url, answer.getheader("location") or "")
        except ForbiddenAddressError as error:
            raise FeedError(Trouble.FORBIDDEN, f"This address cannot be used: {error}.") from error
        except TimeoutError as error:
            raise FeedError(Trouble.SLOW, "The server did not answer in time.") from error
        except (OSError, HTTPException, ValueError, UnicodeError) as error:
            raise FeedError(Trouble.UNREACHABLE, f"The server could not be reached{_cause(error)}.") from error
    raise FeedError(Trouble.REDIRECTS, f"The address leads through more than {MAX_REDIRECTS} redirects.")


def _cause(error: Exception) -> str:
    return next((f": {words}" for kind, words in _CAUSES.items() if isinstance(error, kind)), "")


def _read(answer: HTTPResponse, url: str, deadline: float) -> Fetched:
    if answer.status == 304:
        content = None
    elif answer.status == 200:
        content = b"".join(_within_bounds(_unpacked(answer, deadline)))
    elif answer.status in (404, 410):
        raise FeedError(Trouble.GONE, f"There is nothing at this address any more (status {answer.status}).")
    else:
        raise FeedError(Trouble.REFUSED, f"The server refused (status {answer.status}).")
    etag, modified = (answer.getheader(name, "")[:MAX_VALIDATOR] for name in ("etag", "last-modified"))
    return Fetched(content, answer.getheader("content-type", ""), etag, modified, url)


def _unpacked(answer: HTTPResponse, deadline: float) -> Iterator[bytes]:
    packed = answer.getheader("content-encoding", "").lower() == "gzip"
    unpacker = zlib.decompressobj(wbits=31)
    while chunk := answer.read1(CHUNK):
        if time.monotonic() > deadline:
            raise FeedError(Trouble.SLOW, f"The server took longer than {MAX_SECONDS:.0f} seconds.")
        while chunk:
            try:
                yield unpacker.decompress(chunk, CHUNK) if packed else chunk
            except zlib.error as error:
                raise FeedError(Trouble.DAMAGED, "The response is damaged: it is not compressed as it says.") from error
            chunk = unpacker.unconsumed_tail if packed else b""


def _within_bounds(chunks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise FeedError(Trouble.LARGE, f"The feed is larger than {MAX_BYTES // 1_000_000} MB.")
        yield chunk
