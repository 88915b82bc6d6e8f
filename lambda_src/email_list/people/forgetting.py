"""Forgetting people who left long ago, if the list is configured to (`forgetUnsubscribedAfterDays`)."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Protocol

from email_list.clock import Clock, iso, utc_now
from email_list.people.subscribers import Record, Status

logger = logging.getLogger(__name__)


class Leavers(Protocol):
    """Where people who left are found (`email_list.aws.leavers`)."""

    def left_before(self, moment: str) -> Iterable[str]:
        """The addresses of people who unsubscribed before a moment, as they were a moment ago."""
        ...


class People(Protocol):
    """Where one person is found."""

    def get(self, email: str) -> Record | None: ...


class Forgetting:
    """Erases people who left more than `after` ago, like an administrator would: only a keyed hash is kept of them, so
    that no import can add them again."""

    def __init__(
        self,
        leavers: Leavers,
        people: People,
        erase: Callable[[str], bool],
        after: timedelta,
        clock: Clock = utc_now,
    ) -> None:
        self._leavers = leavers
        self._people = people
        self._erase = erase
        self._after = after
        self._clock = clock

    def run(self, has_time: Callable[[], bool]) -> int:
        """Forget people until time is up; the next run continues. Returns how many were forgotten."""
        moment, forgotten = iso(self._clock() - self._after), 0
        for email in self._leavers.left_before(moment):
            if not has_time():
                break
            # They may have come back since the index was written.
            person = self._people.get(email)
            if person and person.status is Status.UNSUBSCRIBED and person.left_at < moment:
                forgotten += self._erase(email)
        logger.info("forgot people who left long ago", extra={"people": forgotten})
        return forgotten
