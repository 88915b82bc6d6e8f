"""Counting: the changes of people, each counted exactly once."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from email_list.figures.growth import CounterName, Standing, difference


@dataclass(frozen=True)
class Change:
    """One change of one person's item, as the table's stream reports it.

    `id` is unique to the change, `order` increases from one change of a person to the next, `at` is when it happened.
    """

    id: str
    order: int
    person: str
    before: Standing
    after: Standing
    at: str

    @property
    def difference(self) -> Counter[CounterName]:
        """How it changes the counters."""
        return difference(self.before, self.after, self.at)


@dataclass(frozen=True)
class Note:
    """What a run records of a change: whose, its order, and the counters in which the person is included after it."""

    person: str
    order: int
    counters: Sequence[CounterName]


def alias(email: str) -> str:
    """What identifies a person in such records."""
    return hashlib.sha256(email.encode()).hexdigest()[:24]
