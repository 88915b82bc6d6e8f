"""What imports and exports share: jobs that are brought forward step by step, and the files they read and write."""

from collections.abc import Iterator
from typing import Any, Protocol

Job = dict[str, Any]


class Jobs(Protocol):
    """Where the state of jobs is kept (`email_list.aws.job_table`)."""

    def create(self, kind: str, fields: Job) -> Job: ...

    def get(self, kind: str, job_id: str) -> Job | None: ...

    def recent(self, kind: str, limit: int) -> list[Job]: ...

    def advance(self, job: Job, changes: Job) -> Job | None: ...


class Files(Protocol):
    """Where files are kept (`email_list.aws.files`)."""

    def put(self, key: str, body: bytes) -> None: ...

    def join(self, key: str, beginning: bytes, parts: str, download_name: str) -> None: ...

    def chunks(self, key: str, offset: int) -> Iterator[bytes]: ...

    def link(self, key: str, stored_at: str) -> str | None: ...

    def upload_link(self, key: str) -> str: ...
