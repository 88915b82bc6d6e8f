"""Removing an erased person from the ledgers of campaigns.

People who are not on the list are neither planned nor emailed, so a campaign whose planning has not begun needs no
change, and one that is being sent or is paused gives up the address like a finished one: events identify recipients by
their position. Only while a plan is being written does the search wait for its end, because the planner continues from
the last address.

The rows of a plan are in the order in which people joined, and each says where it ended: someone whose joining date is
known is found by binary search. Anyone else is looked for in every row.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from email_list.campaigns.ledger import LEDGER_KEPT
from email_list.clock import Clock, iso, utc_now

ROWS_AT_ONCE = 100
"""Rows looked at before asking again whether there is time."""

FIRST_WAIT, LONGEST_WAIT = 60, 900
"""Seconds until a campaign that was being planned is looked at again: a million people take little more than a minute.
The wait doubles each time; the longest is the longest delay that SQS supports."""

INDEX_LAGS = timedelta(minutes=1)
"""After so long, no planner that begins finds the person in the index any more."""


@dataclass(frozen=True)
class Search:
    """Whom to take out, with the moments at which they joined as far as these are known, and of which campaigns: of all
    where none is named. `at` and `row` are the campaign and the row to go on with, `waiting` those that may
    be in the middle of planning, `looks` how often it was put off because of them. `erased_at` is when the person left
    the list."""

    email: str
    joined: Sequence[str] = ()
    erased_at: str = ""
    campaigns: Sequence[str] = ()
    at: str | None = None
    row: int = 0
    waiting: Sequence[str] = ()
    looks: int = 0

    @property
    def is_over(self) -> bool:
        """Whether every campaign was looked at, except for those that are waiting."""
        return self.at is None

    @property
    def wait(self) -> int:
        """Seconds until it is to go on."""
        return min(LONGEST_WAIT, FIRST_WAIT << (self.looks - 1)) if self.is_over else 0

    def to_json(self) -> str:
        """The message that asks for this search."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


@dataclass(frozen=True)
class Past:
    """A campaign as erasing sees it: until when the people in it had joined (`cutoff`, None until its planning begins),
    how many rows its plan has, whether that is complete, and whose address it remembers as the plan's end.
    `finished_at` is None until it is over."""

    id: str
    finished_at: str | None
    cutoff: str | None
    rows: int
    complete: bool
    end: str
    subject: str = ""


class Traces(Protocol):
    """What campaigns know of people (`email_list.aws.campaign_traces`)."""

    def campaigns(self, first: str | None) -> Iterable[Past]:
        """All campaigns from this one on, or from the newest, each newer than the next."""
        ...

    def end(self, campaign_id: str, row: int) -> str:
        """When the last person in the plan up to this row joined; empty if the row is gone."""
        ...

    def erase(self, campaign_id: str, first: int, last: int, email: str) -> None:
        """Replace the address in these rows of the plan, and whatever they say about its recipient."""
        ...

    def erase_end(self, campaign_id: str, email: str) -> None:
        """Replace the address in the campaign's record of where its plan ended."""
        ...


class Eraser:
    """Removes people."""

    def __init__(self, traces: Traces, clock: Clock = utc_now) -> None:
        self._traces = traces
        self._clock = clock

    def run(self, search: Search, has_time: Callable[[], bool]) -> Search | None:
        """Search to the end or until time is up. What is left: the rest of it, or a search of the campaigns that were
        being planned, for later; None when nothing is."""
        for campaign in self._traces.campaigns(search.at):
            if search.campaigns and campaign.id not in search.campaigns:
                continue
            if self._may_be_planned(campaign, search):
                search = replace(search, waiting=[*search.waiting, campaign.id])
                continue
            search = replace(search, at=campaign.id, row=search.row if search.at == campaign.id else 0)
            for first, last in self._chunks(campaign, search):
                if not has_time():
                    return replace(search, row=first)
                self._traces.erase(campaign.id, first, last, search.email)
            if campaign.end == search.email:
                self._traces.erase_end(campaign.id, search.email)
        if not search.waiting:
            return None
        return replace(search, campaigns=search.waiting, at=None, row=0, waiting=(), looks=search.looks + 1)

    def _may_be_planned(self, campaign: Past, search: Search) -> bool:
        """Whether a planner may be at work on this campaign that met the person, or will go on where they stood."""
        if campaign.finished_at or campaign.complete:
            return False
        return campaign.cutoff is not None or iso(self._clock() - INDEX_LAGS) < search.erased_at

    def _chunks(self, campaign: Past, search: Search) -> Iterator[tuple[int, int]]:
        """The first and last of the rows in which the person may be, from the search's row on, a few at a time."""
        for first, last in row_ranges(campaign, search.joined, self._traces, self._clock()):
            for begin in range(max(first, search.row), last + 1, ROWS_AT_ONCE):
                yield begin, min(begin + ROWS_AT_ONCE - 1, last)


def row_ranges(campaign: Past, joined: Sequence[str], traces: Traces, now: datetime) -> Iterator[tuple[int, int]]:
    """The first and last of the rows of a plan in which someone may be who joined at these moments; in any row if none
    is known. None once DynamoDB has deleted the rows."""
    if campaign.finished_at and campaign.finished_at < iso(now - LEDGER_KEPT):
        return
    rows = range(1, campaign.rows + 1)
    if not joined:
        yield 1, campaign.rows
    end = cache(lambda row: traces.end(campaign.id, row))
    for moment in sorted(joined):
        if campaign.cutoff and moment <= campaign.cutoff and rows:
            # The second search finds nearly all rows that the first one has read.
            ends_before = bisect_left(rows, moment, key=end)
            ends_by_then = bisect_right(rows, moment, key=end)
            yield min(ends_before + 1, len(rows)), min(ends_by_then + 1, len(rows))
