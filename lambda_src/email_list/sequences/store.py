"""What sequences need from their store, and from what wakes the runner."""

from collections.abc import Sequence as Several
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from email_list.campaigns.store import CampaignStore
from email_list.sequences.sequence import Sequence, Step, Version


@dataclass(frozen=True)
class SequencePage:
    """Part of a listing, in the order of creation; `cursor` continues it, None at the end."""

    sequences: Several[Sequence]
    cursor: str | None


class SequenceStore(Protocol):
    """Where sequences are kept (`email_list.aws.sequence_table`, or a fake in tests)."""

    def get(self, sequence_id: str) -> Sequence | None:
        """The sequence, read consistently."""
        ...

    def steps(self, sequence_id: str) -> tuple[Step, ...]:
        """The steps as they were written."""
        ...

    def version(self, sequence_id: str, number: int) -> Version | None: ...

    def save(
        self, sequence: Sequence, steps: tuple[Step, ...] | None = None, version: Version | None = None
    ) -> Sequence | None:
        """Store a sequence that has not changed since, with new steps and a new version if there are any, in one
        transaction; returns it with its new revision, or None if it has changed."""
        ...

    def lease(self, sequence_id: str, holder: str, now: str, until: str) -> bool:
        """Let nobody else work on a sequence until then; False if somebody else does. Taking it twice is harmless."""
        ...

    def release(self, sequence_id: str, holder: str) -> None:
        """Let others work on it, if this one did."""
        ...

    def everything(self) -> Several[Sequence]:
        """All sequences, read consistently; there are few (`desk.MAX_SEQUENCES`)."""
        ...

    def page(self, limit: int, cursor: str | None) -> SequencePage: ...

    def remove(self, sequence: Sequence) -> None:
        """Forget a sequence whose places are gone."""
        ...


class Editions(CampaignStore, Protocol):
    """Where the editions of steps are kept, as campaigns are (`email_list.aws.campaign_table`)."""

    def reserve(self, edition: str, batches: int) -> int:
        """The first of so many numbers of batches that nobody else gets."""
        ...

    def forget(self, edition: str) -> None:
        """Remove an edition and its letter. Its ledger ends by its own time."""
        ...


class Alarm(Protocol):
    """What wakes the runner (`email_list.aws.schedule`, or a fake in tests)."""

    def set(self, sequence_id: str, moment: datetime) -> None:
        """Have the runner look at a sequence at this moment or within a minute after it. Setting it twice is
        harmless, and it is never taken back: others may rely on it."""
        ...

    def watch(self, sequence_id: str, moment: datetime) -> str:
        """The same for one run, which may take it back by the name that is returned."""
        ...

    def dismiss(self, watch: str) -> None: ...


class RunnerStarter(Protocol):
    """What starts the runner at once (`email_list.aws.background`, or a fake in tests)."""

    def start(self, sequence_id: str) -> None: ...
