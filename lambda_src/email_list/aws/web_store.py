"""The private bucket of the archive, with the web version of each letter (`components.archive`)."""

from typing import Any

from contract import Folder


class WebStore:
    """The `web_rendering.WebStore` of production: one object per letter. `client` is a boto3 S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, letter: str, kept: bytes) -> None:
        """Keep a web version, replacing one that an attempt before this one left."""
        self._client.put_object(Bucket=self._bucket, Key=_key(letter), Body=kept, ContentType="application/json")

    def get(self, letter: str) -> bytes | None:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=_key(letter))["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None

    def discard(self, letter: str) -> None:
        """Remove a web version; nothing happens if there is none."""
        self._client.delete_object(Bucket=self._bucket, Key=_key(letter))


def _key(letter: str) -> str:
    return f"{Folder.WEB_VERSIONS}{letter}.json"
