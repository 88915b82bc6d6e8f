"""The public archive of sent campaigns."""

from dataclasses import dataclass

import pulumi

from components.bucket import private_bucket
from components.grants import Grant
from components.policies import use_objects
from contract import Env, Folder


@dataclass(frozen=True)
class ArchiveArgs:
    """Whether the archive stays when the stack is destroyed."""

    deletion_protection: bool


class Archive(pulumi.ComponentResource):
    """A private bucket with the web version of every letter. A function shows those of public campaigns."""

    def __init__(self, name: str, args: ArchiveArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:Archive", name, None, opts)
        self._bucket = private_bucket(f"{name}-archive", rules=[], precious=args.deletion_protection, parent=self)
        self.register_outputs({"bucket": self._bucket.bucket})

    def reader(self) -> Grant:
        """Read web versions."""
        return self._grant("GetObject")

    def writer(self, *operations: str) -> Grant:
        """Write web versions, by S3 operations such as "PutObject"."""
        return self._grant(*operations)

    def _grant(self, *operations: str) -> Grant:
        statement = use_objects(self._bucket.arn, Folder.WEB_VERSIONS, *operations)
        return Grant({Env.ARCHIVE_BUCKET: self._bucket.bucket}, [statement])
