"""The line in which everything waits that is sent at the account's rate, and how to go ahead of it.

The account's rate is one row that all workers share: the moment at which the next email may leave.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from email_list.clock import Clock, utc_now

CREDIT = 0.1
"""Seconds of unused rate that may be made up for."""

SLOW = 5.0
"""Emails a second below which campaigns leave half of the rate to confirmations."""

REFRESH = timedelta(seconds=60)
"""How long a rate is trusted. GetAccount itself may be called once a second (SES API reference)."""


@dataclass(frozen=True)
class Line:
    """The shared row. Moments are seconds since 1970; `rate` is the whole account's, in recipients a second.

    `room` is how many recipients the daily quota left to campaigns when the rate was read; None where there is none.
    """

    free_at: float = 0.0
    rate: float | None = None
    rate_read_at: float = 0.0
    room: float | None = None
    bulk_refusals: int = 0
    bulk_refused_at: float = 0.0
    singles_until: float = 0.0


Moved = tuple[bool, Line]
"""Whether a line was moved, and the row afterwards."""


class LineStore(Protocol):
    """Where the line is kept (`email_list.aws.line_table`, or a fake in tests)."""

    def line(self) -> Line:
        """The current row, read consistently."""
        ...

    def advance(self, seconds: float, earliest: float, latest: float) -> Moved:
        """Advance `free_at` if it lies between `earliest` and `latest`."""
        ...

    def restart(self, earliest: float, seconds: float) -> Moved:
        """Set `free_at` to `seconds` after `earliest` if it lies before that, or was never set."""
        ...

    def note_account(self, rate: float, room: float | None, at: float) -> Line: ...

    def note_refusal(self, refusals: int, at: float, singles_until: float) -> Line: ...


class Express:
    """For emails that somebody waits for, such as confirmations: they leave at once, and campaigns make room."""

    def __init__(self, store: LineStore, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._line = Line()

    def make_room(self, recipients: int = 1) -> None:
        """Advance the line by the time that so many emails take.

        A line whose rate is old has no campaign in it, and need not move; a slow one keeps room anyway.
        """
        now = self._clock().timestamp()
        if not is_fresh(self._line, now):
            self._line = self._store.line()
        if self._line.rate is None or self._line.rate < SLOW or not is_fresh(self._line, now):
            return
        _, self._line = self._store.advance(recipients / self._line.rate, now - CREDIT, now + REFRESH.total_seconds())


def is_fresh(line: Line, now: float) -> bool:
    return line.rate is not None and now - line.rate_read_at <= REFRESH.total_seconds()
