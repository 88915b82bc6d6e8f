"""The account's suppression list: SES accepts emails to the addresses on it, and does not deliver them.

SES adds addresses that bounced or complained, whichever list in the account emailed them. Its entries are copied, so
that nobody is counted as active whom no email reaches; and an address that an administrator makes active again is
removed from it. Anyone who complained stays on both permanently.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.people.subscribers import ON_ACCOUNT_LIST, SUPPRESSED, Status

BEGINNING = "2019-01-01T00:00:00.000Z"
"""The suppression list is younger than this (AWS news, November 2019)."""

OVERLAP = timedelta(hours=1)
"""How far the span of one round overlaps that of the round before, for entries that appeared late."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """An address on the list, normalised, there since the moment `at`."""

    email: str
    complained: bool
    at: str


@dataclass(frozen=True)
class Round:
    """How far the list has been read: the span of moments of this round, and SES's token for its next page.

    Without a token, the round is over and the next one begins at `until`.
    """

    since: str = BEGINNING
    until: str = BEGINNING
    token: str | None = None


class SuppressionList(Protocol):
    """The account's list (`email_list.aws.account_suppression`, or a fake in tests)."""

    def page(self, since: str, until: str, token: str | None) -> tuple[Sequence[Entry], str | None]:
        """Some of the entries in a span of moments, and what continues them; the token is None at the end."""
        ...


class Bookmark(Protocol):
    """Where the current round is remembered."""

    def read(self) -> Round: ...

    def write(self, round_: Round) -> None: ...


class People(Protocol):
    """The part of the subscriber store that this needs (`email_list.aws.subscriber_table`)."""

    def statuses(self, emails: Sequence[str]) -> Mapping[str, str]:
        """The statuses of those of these people who are on the list."""
        ...

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool: ...

    def complained(self, email: str, at: str, reason: str) -> bool: ...


class SuppressionSync:
    """Copies what is new on the account's suppression list."""

    def __init__(self, suppressed: SuppressionList, people: People, bookmark: Bookmark, clock: Clock = utc_now) -> None:
        self._suppressed = suppressed
        self._people = people
        self._bookmark = bookmark
        self._clock = clock

    def run(self, out_of_time: Callable[[], bool]) -> int:
        """Continue where the last run stopped, until the end or until time is up; returns how many people were
        changed."""
        taken_over = 0
        round_ = self._bookmark.read()
        if round_.token is None:
            since = max(BEGINNING, iso(from_iso(round_.until) - OVERLAP))
            round_ = Round(since, iso(self._clock()))
        while not out_of_time():
            entries, token = self._suppressed.page(round_.since, round_.until, round_.token)
            taken_over += self._take_over(entries)
            round_ = replace(round_, token=token)
            self._bookmark.write(round_)
            if token is None:
                break
        logger.info("suppression list read", extra={"taken_over": taken_over, "finished": round_.token is None})
        return taken_over

    def _take_over(self, entries: Sequence[Entry]) -> int:
        known = self._people.statuses([entry.email for entry in entries])
        return sum(self._suppress(entry) for entry in entries if _differs(entry, known.get(entry.email)))

    def _suppress(self, entry: Entry) -> bool:
        if entry.complained:
            return self._people.complained(entry.email, entry.at, ON_ACCOUNT_LIST)
        return self._people.bounced(entry.email, entry.at, entry.at, ON_ACCOUNT_LIST)


def _differs(entry: Entry, status: str | None) -> bool:
    """Whether the subscriber with this status, if there is one, has another status on the list."""
    if entry.complained:
        return status not in (None, Status.COMPLAINED)
    return status not in (None, *SUPPRESSED)
