"""Places: where each person stands in each sequence.

A place is made when somebody enters, and stays when they are through or have left, so that nobody enters twice. While
they are inside, it says which step comes next and when it is due: the places of a sequence in the order of `due_at` are
all there is to do. To be sent, a place is put into a batch of the step's edition, in one transaction with the batch's
plan row, so that nobody is in two batches of a step; when the batch is done, it moves on to the next step. Whatever
dies in between leaves the place where it can be found.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol


class Group(StrEnum):
    """Whether somebody is still inside."""

    INSIDE = "inside"
    FINISHED = "finished"
    LEFT = "left"


@dataclass(frozen=True)
class Sent:
    """One email of the sequence that a person was planned for: its edition, batch, and when that was."""

    edition: str
    batch: int
    at: str


@dataclass(frozen=True)
class Place:
    """Where one person stands in one sequence.

    `step` counts from 0, and is the one that comes next. `at` is when it is due or, for somebody who is not inside any
    more, since when; `reason` then says why they left. `line` is the step's. `batch` is the number of the batch of the
    step's edition that they are in; `sent` what they were planned for before, and in it. `revision` counts the changes.
    """

    email: str
    sequence: str
    version: int
    step: int
    line: str
    at: str
    entered_at: str
    group: Group = Group.INSIDE
    reason: str = ""
    batch: int = 0
    sent: tuple[Sent, ...] = ()
    revision: int = 0

    def taken(self, edition: str, batch: int, at: str) -> "Place":
        """In a batch of the step's edition."""
        return replace(self, batch=batch, sent=(*self.sent, Sent(edition, batch, at)))

    def going_on(self, line: str, due_at: str) -> "Place":
        """Waiting for the next step."""
        return replace(self, step=self.step + 1, line=line, at=due_at, batch=0)

    def over(self, group: Group, at: str, reason: str = "") -> "Place":
        """Not inside any more."""
        return replace(self, group=group, at=at, batch=0, reason=reason)

    def to_json(self) -> dict[str, Any]:
        """The public shape of a person in a sequence."""
        inside = self.group is Group.INSIDE
        return {
            "email": self.email,
            "group": self.group.value,
            "step": self.step + 1,
            "entered_at": self.entered_at,
            "due_at": self.at if inside else None,
            "ended_at": None if inside else self.at,
            "reason": self.reason or None,
        }


@dataclass(frozen=True)
class PlacePage:
    """Part of a listing; `cursor` continues it, None at the end."""

    places: Several[Place]
    cursor: str | None


ERASED = "erased"
"""Why somebody left of whom nothing is kept."""

ENTERED, FINISHED, LEFT = "entered", "finished", "left"


def inside(line: str) -> str:
    """The counter of the people who wait for the steps of a line."""
    return f"inside_{line}"


def left(line: str) -> str:
    """The counter of the people who left there."""
    return f"left_{line}"


def difference(before: Place | None, after: Place) -> dict[str, int]:
    """How a change of a place changes the counters of its sequence, whose sums agree at every moment: anyone who has
    entered is inside, has finished or has left."""
    counters: dict[str, int] = {}

    def add(name: str, amount: int) -> None:
        counters[name] = counters.get(name, 0) + amount

    if before is None:
        add(ENTERED, 1)
    elif before.group is Group.INSIDE:
        add(inside(before.line), -1)
    match after.group:
        case Group.INSIDE:
            add(inside(after.line), 1)
        case Group.FINISHED:
            add(FINISHED, 1)
        case Group.LEFT:
            add(LEFT, 1)
            add(left(after.line), 1)
    return {name: amount for name, amount in counters.items() if amount}


Change = tuple[Place, Place]
"""A place before and after."""


class PlaceStore(Protocol):
    """Where places are kept (`email_list.aws.place_table`, or a fake in tests)."""

    def enter(self, places: Several[Place]) -> None:
        """Make places, except for people who have one in the sequence already; count those made."""
        ...

    def of(self, email: str) -> Several[Place]:
        """All places of one person."""
        ...

    def get(self, sequence: str, emails: Iterable[str]) -> Mapping[str, Place]:
        """The places of these people in a sequence, read consistently."""
        ...

    def due(self, sequence: str, until: str) -> Iterator[Several[str]]:
        """Page by page, the addresses of people inside whose step is due by then, the longest waiting first; as an
        index has them, which may be slightly out of date."""
        ...

    def plan(self, edition: str, changes: Several[Change]) -> Several[Place]:
        """Put places that have not changed since into their batch of an edition, with its plan row, in one
        transaction; returns those that are in it, which may be none."""
        ...

    def move(self, changes: Several[Change]) -> None:
        """Change places, except those that have changed meanwhile, and count the differences."""
        ...

    def remove(self, place: Place) -> None:
        """Remove a place."""
        ...

    def page(self, sequence: str, group: Group, limit: int, cursor: str | None) -> PlacePage:
        """People of one group, in the order of `at`."""
        ...

    def counters(self, sequence: str) -> Mapping[str, int]: ...

    def clear(self, sequence: str, has_time: Callable[[], bool]) -> bool:
        """Remove all places of a sequence and its counters; False if there was no time for all of them."""
        ...
