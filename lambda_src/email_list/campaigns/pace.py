"""Pace: no faster than SES allows, from however many workers at once.

The account's rate is one row that all workers share: the moment at which the next mail is free to go. Whoever sends n
mails moves that moment on by n/rate in one conditional write, and sends when the old moment has come. So workers line
up without asking one another, and an idle second is lost but for a short credit, which evens out late starts.

Confirmations do not stand in this line: a share of the rate is kept free for them, so that no campaign holds one up.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from email_list.campaigns.ledger import MAX_BATCH
from email_list.clock import Clock, utc_now

logger = logging.getLogger(__name__)

CREDIT = 0.2
"""Seconds of unused rate that may be made up for; with a batch's own share it stays within the second SES allows."""

BATCH_SHARE = 0.7
"""Seconds of the campaigns' rate that one batch may hold, so that a late batch and the next one fit into a second."""

REFRESH = timedelta(seconds=60)
"""How long a rate is believed. GetAccount itself may be called once a second (SES API reference)."""

BULK_REFUSALS = 3
"""Bulk calls refused within `REFUSALS_WITHIN` before their recipients are sent one by one."""

REFUSALS_WITHIN = 60.0
SINGLES_FOR = 3600.0
"""Seconds until bulk calls are tried again."""

MAX_TRIES = 5


@dataclass(frozen=True)
class Account:
    """What SES says of the account (`GetAccount`). `daily_quota` is None where there is none."""

    rate: float
    daily_quota: float | None
    sent_today: float
    sending_enabled: bool = True

    @property
    def room(self) -> float:
        """Recipients that may still be sent to in the present 24 hours."""
        return float("inf") if self.daily_quota is None else max(0.0, self.daily_quota - self.sent_today)


@dataclass(frozen=True)
class Line:
    """The shared row. Moments are seconds since 1970; `rate` is the whole account's, in recipients a second."""

    free_at: float = 0.0
    rate: float | None = None
    rate_read_at: float = 0.0
    bulk_refusals: int = 0
    bulk_refused_at: float = 0.0
    singles_until: float = 0.0


class LineStore(Protocol):
    """Where the line is kept (`email_list.aws.campaign_table`, or a fake in tests)."""

    def line(self) -> Line:
        """The row as it is, read consistently."""
        ...

    def advance(self, seconds: float, earliest: float, latest: float) -> Line | None:
        """Move `free_at` on, if it lies between `earliest` and `latest`; the row after it, or None."""
        ...

    def restart(self, seen: float, free_at: float) -> Line | None:
        """Set `free_at`, if it still is what was `seen`; the row after it, or None."""
        ...

    def note_rate(self, rate: float, at: float) -> Line: ...

    def note_refusal(self, refusals: int, at: float, singles_until: float) -> Line: ...


@dataclass(frozen=True)
class Slot:
    """A turn in the line: begins in `wait` seconds."""

    wait: float


@dataclass(frozen=True)
class Full:
    """No turn within the caller's patience; ask again in `retry_in` seconds."""

    retry_in: float


class Pace:
    """One process's view of the line. `reserved` is the share of the rate that campaigns leave free."""

    def __init__(
        self,
        store: LineStore,
        account: Callable[[], Account],
        reserved: float = 0.1,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._account = account
        self._reserved = reserved
        self._clock = clock
        self._line = Line()

    def rate(self) -> float:
        """Recipients a second that campaigns may send to."""
        now = self._now()
        if self._line.rate is None or now - self._line.rate_read_at > REFRESH.total_seconds():
            self._line = self._store.line()
        if self._line.rate is None or now - self._line.rate_read_at > REFRESH.total_seconds():
            self._line = self._store.note_rate(self._account().rate, now)
        assert self._line.rate is not None
        return campaign_rate(self._line.rate, self._reserved)

    def batch_size(self) -> int:
        """Recipients that one call may hold at the present rate."""
        return max(1, min(MAX_BATCH, int(self.rate() * BATCH_SHARE)))

    def reserve(self, recipients: int, patience: float) -> Slot | Full:
        """A turn for this many recipients, if one begins within `patience` seconds."""
        for _ in range(MAX_TRIES):
            seconds = recipients / self.rate()
            now = self._now()
            earliest, latest = now - CREDIT, now + patience
            line = self._store.advance(seconds, earliest, latest)
            if line is None:
                seen = self._store.line()
                if seen.free_at > latest:
                    return Full(retry_in=seen.free_at - now)
                if seen.free_at >= earliest:
                    continue
                line = self._store.restart(seen.free_at, earliest + seconds)
            if line is not None:
                self._line = line
                return Slot(wait=max(0.0, line.free_at - seconds - now))
        return Full(retry_in=1.0)

    def throttled(self, recipients: int) -> None:
        """SES refused this many of a paced call: someone else uses the rate as well, so leave them time."""
        self._store.advance(min(1.0, recipients / self.rate()), 0.0, self._now() + REFRESH.total_seconds())

    def bulk_refused(self) -> None:
        """SES refused a bulk call as such. After a few of them, recipients are sent one by one for a while.

        SES exempts only its single-send calls from one API call a second by name (developer guide, quotas), so a
        bulk call may be counted where its recipients are not.
        """
        now = self._now()
        line = self._store.line()
        refusals = line.bulk_refusals + 1 if now - line.bulk_refused_at < REFUSALS_WITHIN else 1
        singles_until = line.singles_until
        if refusals >= BULK_REFUSALS:
            singles_until = now + SINGLES_FOR
            logger.warning(
                "SES refuses bulk calls at this pace: sending one by one", extra={"hours": SINGLES_FOR / 3600}
            )
        self._line = self._store.note_refusal(refusals, now, singles_until)

    @property
    def one_by_one(self) -> bool:
        """Whether recipients are to be sent one by one at present."""
        return self._now() < self._line.singles_until

    def _now(self) -> float:
        return self._clock().timestamp()


def campaign_rate(rate: float, reserved: float) -> float:
    """What campaigns may use of an account's rate: all but the reserved share, and all but one a second where that is
    more, but never less than half (an account in the sandbox has one a second)."""
    kept_free = min(max(rate * reserved, 1.0), rate / 2)
    return max(rate - kept_free, 0.01)
