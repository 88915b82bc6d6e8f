"""The private bucket for files that go in and out in one piece: imports, their reports, exports.

Its lifecycle rule deletes every object after a day (`components.file_store`).
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

from boto3.s3.transfer import TransferConfig

from email_list.clock import from_iso, utc_now

KEPT = timedelta(days=1)
LINK_SECONDS = 3600
CHUNK = 64 * 1024
_TWO_PARTS_AT_ONCE = TransferConfig(max_concurrency=2)
"""Of 8 MB each, which is the memory that a file of any size needs."""


class Files:
    """Objects of one bucket, by key."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes, content_type: str = "text/csv") -> None:
        """Store a small object."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def join(self, key: str, beginning: bytes, parts: str, download_name: str) -> None:
        """Make one object of a beginning and of all whose keys begin with `parts`, in order, whatever their size.

        A browser saves it as `download_name`.
        """
        bodies = (self.chunks(part, 0) for part in self.keys(parts))
        self._client.upload_fileobj(
            _Stream(chain([beginning], chain.from_iterable(bodies))),
            self._bucket,
            key,
            ExtraArgs={
                "ContentType": "text/csv; charset=utf-8",
                "ContentDisposition": f'attachment; filename="{download_name}"',
            },
            Config=_TWO_PARTS_AT_ONCE,
        )

    def chunks(self, key: str, offset: int) -> Iterator[bytes]:
        """The object's bytes from `offset` on, never held in memory as a whole."""
        size = self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]
        if offset >= size:
            return
        answer = self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={offset}-")
        yield from answer["Body"].iter_chunks(CHUNK)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys of all objects that begin with `prefix`, in order."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"]

    def link(self, key: str, stored_at: str) -> str | None:
        """A link that downloads the object, valid for an hour; None if it was stored so long ago that it is gone."""
        return self._presigned("get_object", key) if utc_now() < from_iso(stored_at) + KEPT else None

    def upload_link(self, key: str) -> str:
        """A link that accepts a PUT of the object, valid for an hour."""
        return self._presigned("put_object", key)

    def _presigned(self, method: str, key: str) -> str:
        parameters = {"Bucket": self._bucket, "Key": key}
        return self._client.generate_presigned_url(method, Params=parameters, ExpiresIn=LINK_SECONDS)


class _Stream:
    """Chunks as a file that can be read once, from beginning to end."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, or all; fewer only at the end."""
        taken = [self._rest]
        length = len(self._rest)
        while size < 0 or length < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            taken.append(chunk)
            length += len(chunk)
        read = b"".join(taken)
        end = len(read) if size < 0 else size
        self._rest = read[end:]
        return read[:end]
