"""What was right when it was last looked at, so that what breaks is noticed.

The daily check writes it. The report reads what it says in short.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from email_list.deliverability.states import State


@dataclass(frozen=True)
class Remembered:
    """The result of the last daily check, at `at`.

    `right` says by a record's key since when it is known to have been right, `broken` since when it no longer is.
    `records` are all of them, as `{"code", "name", "state"}`. `judged` is the last of Gmail's days that campaigns were
    judged by, `spam` the latest of these days that Gmail told of, as `{"date", "spam_rate"}` in words that a table can
    keep.
    """

    at: str = ""
    right: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    records: Sequence[Mapping[str, Any]] = ()
    judged: str = ""
    spam: Mapping[str, str] = field(default_factory=dict)

    @property
    def amiss(self) -> Sequence[Mapping[str, Any]]:
        """The records that are missing or wrong."""
        return [record for record in self.records if record["state"] in (State.MISSING, State.WRONG)]


class Memory(Protocol):
    """Where it is kept (`email_list.aws.deliverability_table`)."""

    def latest(self) -> Remembered: ...

    def keep(self, remembered: Remembered) -> None: ...
