"""What imports and exports share: jobs that advance step by step, and the files they read and write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

OUTCOMES = ("added", "updated", "existing", "duplicate", "stopped", "suppressed", "invalid")
"""What a row of an import can result in: a new active person; someone who is active, about whom the row changed
something; someone who is active or pending already, about whom it changed nothing; someone an earlier row of this
import added or updated; someone who was on the list until this row said that they must not be emailed; someone who
left, bounced, complained or was erased, and is left alone; a row with a mistake, or a word that allows no email."""

IMPORT_MODES = ("add", "update")
"""Whether an import leaves people on the list as they are, or updates what is known about them."""

IMPORT_FLAGS: Mapping[str, str] = {
    "role": "This address belongs to a role, so several people may read it.",
    "disposable": "This address is from a provider of disposable addresses.",
}
"""What may deserve a second look about an imported address, by the name it is counted under."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job. Moments are ISO 8601 in UTC; `step` counts its changes, `rows` the rows already processed."""

    KIND: ClassVar[str]

    id: str = ""
    status: str
    created_at: str
    finished_at: str | None = None
    rows: int = 0
    step: int = 0


J = TypeVar("J", bound=Job)


class Jobs(Protocol[J]):
    """Where the jobs of one kind are kept (`email_list.aws.job_table`)."""

    def create(self, job: J) -> J:
        """Store a new job; returns it with its id."""
        ...

    def get(self, job_id: str) -> J | None: ...

    def recent(self, limit: int) -> list[J]:
        """The newest jobs first."""
        ...

    def advance(self, job: J, **changes: Any) -> J | None:
        """Store changes to a job, unless another worker has advanced it since it was read; then None."""
        ...


class Files(Protocol):
    """Where files are kept (`email_list.aws.files`)."""

    def put(self, key: str, body: bytes) -> None: ...

    def join(self, key: str, beginning: bytes, parts: str, download_name: str) -> None: ...

    def chunks(self, key: str, offset: int) -> Iterator[bytes]: ...

    def link(self, key: str, stored_at: str) -> str | None: ...

    def upload_link(self, key: str) -> str: ...
