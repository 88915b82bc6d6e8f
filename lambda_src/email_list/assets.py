"""Responses that are the same for everybody: small in transit, cached by browsers, and not sent again to those who have
them."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from email_list.http import BinaryResponse, Request, Response

MAX_CONDITION = 2000
"""Characters of an If-None-Match header that are read. Browsers send one or two ETags of 20 characters."""


@dataclass(frozen=True)
class Asset:
    """Content with its compressed form, computed once, and the ETag with which a browser asks whether it has
    changed."""

    content: bytes
    compressed: bytes
    content_type: str
    etag: str

    @classmethod
    def of(cls, content: bytes, content_type: str) -> "Asset":
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        return cls(content, gzip.compress(content, mtime=0), content_type, etag)

    def answer(self, request: Request, caching: str, more: Mapping[str, str] | None = None) -> Response:
        """The content, compressed if the browser accepts that, or 304 if the browser has it already."""
        headers = {"etag": self.etag, "cache-control": caching, "vary": "accept-encoding"}
        if self._is_known(request.headers.get("if-none-match", "")):
            return Response(304, "", headers)
        headers |= {"content-type": self.content_type, **(more or {})}
        if "gzip" in request.headers.get("accept-encoding", "") and len(self.compressed) < len(self.content):
            return BinaryResponse.of(200, self.compressed, {**headers, "content-encoding": "gzip"})
        return Response(200, self.content.decode(), headers)

    def _is_known(self, condition: str) -> bool:
        """By the weak comparison of RFC 9110, section 13.1.2: a cache on the way may have marked the ETag as weak."""
        known = [tag.strip().removeprefix("W/") for tag in condition[:MAX_CONDITION].split(",")]
        return self.etag in known or known == ["*"]
