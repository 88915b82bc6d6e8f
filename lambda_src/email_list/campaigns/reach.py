"""Reach: how many people a letter would go to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from email_list.campaigns import choosing
from email_list.campaigns.audience import Audience
from email_list.people.filters import FindReached
from email_list.people.segments import People

LONG_LIST = 5000
"""If more people than this are in an audience, its size is taken from the list's counters, which are seconds behind."""


@dataclass(frozen=True)
class Size:
    """How many active people there are; a minimum if it is not `exact`, for lack of time."""

    people: int
    exact: bool


class Reach:
    """Counts for as long as there is time. `counted` returns the number of all active people, or of those with one
    topic, from the counters."""

    def __init__(
        self,
        counted: Callable[[str | None], int],
        people: People,
        find: FindReached,
        has_time: Callable[[], bool],
        now: datetime,
    ) -> None:
        self._counted = counted
        self._people = people
        self._find = find
        self._has_time = has_time
        self._now = now

    def size(self, audience: Audience) -> Size:
        """How many active people an audience has."""
        if not (audience.attributes or audience.filter) and len(audience.topics) <= 1:
            known = self._counted(audience.topics[0] if audience.topics else None)
            if known > LONG_LIST:
                return Size(known, exact=True)
        found = self._people.count(self._test(audience), choosing.reads(audience), self._has_time)
        return Size(found.count, found.exact)

    def lacking(self, audience: Audience, attribute: str) -> Size:
        """How many of them have no such attribute, or an empty one."""
        chosen, reads = self._test(audience), choosing.reads(audience) | {f"attributes.{attribute}"}
        found = self._people.count(
            lambda person: person.attributes.get(attribute) in (None, "") and chosen(person), reads, self._has_time
        )
        return Size(found.count, found.exact)

    def _test(self, audience: Audience) -> choosing.Test:
        return choosing.test_of(audience, self._now, self._find)
