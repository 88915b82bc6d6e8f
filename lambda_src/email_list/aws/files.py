"""The private bucket for what goes in and out in one piece: imports, their reports, exports.

Its lifecycle rule deletes every object after a day.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

LINK_SECONDS = 3600
CHUNK = 64 * 1024


class Files:
    """Objects of one bucket, by key."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes, content_type: str = "text/csv") -> None:
        """Store a small object."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def upload(self, key: str, path: Path, download_name: str) -> None:
        """Store a file of any size; a browser saves it as `download_name`."""
        self._client.upload_file(
            str(path),
            self._bucket,
            key,
            ExtraArgs={
                "ContentType": "text/csv; charset=utf-8",
                "ContentDisposition": f'attachment; filename="{download_name}"',
            },
        )

    def chunks(self, key: str, offset: int) -> Iterator[bytes]:
        """The object's bytes from `offset` on, never held whole."""
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

    def download(self, key: str, path: Path) -> None:
        """Fetch an object into a file."""
        self._client.download_file(self._bucket, key, str(path))

    def link(self, key: str) -> str:
        """A link that downloads the object, for an hour."""
        return self._presigned("get_object", key)

    def upload_link(self, key: str) -> str:
        """A link that takes a PUT of the object, for an hour."""
        return self._presigned("put_object", key)

    def _presigned(self, method: str, key: str) -> str:
        parameters = {"Bucket": self._bucket, "Key": key}
        return self._client.generate_presigned_url(method, Params=parameters, ExpiresIn=LINK_SECONDS)
