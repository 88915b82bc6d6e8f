"""Pace: no faster than SES allows, with any number of workers at once.

To send n emails, a worker advances the shared line by n/rate in one conditional write, and sends when the old moment
has come. An idle second is lost except for a short credit, which evens out late starts. Emails that somebody waits for
go first (`line.Express`): promised turns cannot be taken back, so none is promised more than a moment ahead.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from contract import MAX_DESTINATIONS
from email_list.account import Account
from email_list.campaigns.line import CREDIT, REFRESH, SLOW, Line, LineStore, is_fresh
from email_list.clock import Clock, utc_now

logger = logging.getLogger(__name__)

BATCH_SHARE = 0.5
"""Seconds of the campaigns' rate that one batch may hold. SES lets a second's worth through at once, of which the
credit and the confirmations of two seconds take their part: the rest is how late a batch may come."""

PROMISED = 2.0
"""Seconds ahead that a turn may be promised: enough to send without gaps, and soon over."""

PROMISED_TO_STEPS = 2 * PROMISED
"""The same for the steps of sequences: as long as these take turns further ahead than campaigns may, they go first."""

BULK_REFUSALS = 3
"""Bulk calls refused within `REFUSALS_WITHIN` before their recipients are sent to one by one."""

REFUSALS_WITHIN = 60.0
SINGLES_FOR = 3600.0
"""Seconds until bulk calls are tried again."""

MAX_TRIES = 5

ASKED_AGAIN = 1.0
"""Seconds after which GetAccount may be called again (SES API reference)."""


@dataclass(frozen=True)
class Slot:
    """A turn in the line: begins in `wait` seconds."""

    wait: float


@dataclass(frozen=True)
class Full:
    """No turn yet; ask again in `retry_in` seconds."""

    retry_in: float


class Pace:
    """One process's view of the line; its threads may share it. `promised` is how many seconds ahead it takes turns."""

    def __init__(
        self,
        store: LineStore,
        account: Callable[[], Account],
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        promised: float = PROMISED,
    ) -> None:
        self._store = store
        self._promised = promised
        self._account = account
        self._clock = clock
        self._sleep = sleep
        self._line = Line()
        self._gate = threading.Lock()

    def rate(self) -> float:
        """Recipients a second that campaigns may send to."""
        now = self._now()
        if not is_fresh(self._line, now):
            self._line = self._store.line()
        if not is_fresh(self._line, now):
            self._ask(now)
        assert self._line.rate is not None
        return campaign_rate(self._line.rate)

    def left(self) -> float:
        """Recipients that the daily quota leaves to campaigns, once all have been sent to whose turn is promised;
        negative where too many were promised.

        Since the account was asked, the line has moved on with every recipient, and idle moments count as if it had:
        where that leaves nothing, the account is asked again.
        """
        left, now = self._left(), self._now()
        if left < 0 and now - self._line.rate_read_at > ASKED_AGAIN:
            self._ask(now)
            left = self._left()
        return left

    def _left(self) -> float:
        line = self._line
        if line.room is None or line.rate is None:
            return float("inf")
        return line.room - max(0.0, line.free_at - line.rate_read_at) * campaign_rate(line.rate)

    def _ask(self, now: float) -> None:
        account = self._account()
        room = None if account.daily_quota is None else account.campaign_room
        self._line = self._store.note_account(account.rate, room, now)

    def batch_size(self) -> int:
        """Recipients that one call may hold at the current rate."""
        return max(1, min(MAX_DESTINATIONS, int(self.rate() * BATCH_SHARE)))

    def turn(self, recipients: int, patience: float) -> Slot | Full:
        """A turn for this many recipients, after waiting up to `patience` seconds for one.

        Only one of a process's threads asks at a time: the others would ask in vain.
        """
        deadline = self._now() + patience
        if not self._gate.acquire(timeout=patience):
            return Full(retry_in=1.0)
        try:
            while isinstance(answer := self.reserve(recipients), Full) and self._now() + answer.retry_in <= deadline:
                self._sleep(answer.retry_in)
            return answer
        finally:
            self._gate.release()

    def reserve(self, recipients: int) -> Slot | Full:
        """A turn for this many recipients, if one can be promised now.

        What this process remembers of the line tells which write to try; a refused one returns the current line.
        """
        seconds = recipients / self.rate()
        for _ in range(MAX_TRIES):
            now = self._now()
            ahead, earliest = self._line.free_at - now, now - CREDIT
            if ahead > self._promised:
                return Full(retry_in=ahead - self._promised + PROMISED / 2)
            if self._line.free_at < earliest:
                moved, self._line = self._store.restart(earliest, seconds)
            else:
                moved, self._line = self._store.advance(seconds, earliest, now + self._promised)
            if moved:
                return Slot(wait=max(0.0, self._line.free_at - seconds - now))
        return Full(retry_in=PROMISED)

    def throttled(self, recipients: int) -> None:
        """SES refused this many of a paced call: someone else is using the rate as well, so leave them time."""
        self._store.advance(min(1.0, recipients / self.rate()), 0.0, self._now() + REFRESH.total_seconds())

    def bulk_refused(self) -> None:
        """SES refused a bulk call as such. After a few of these, recipients are sent to one by one for a while.

        SES explicitly exempts only its single-send calls from one API call a second (developer guide, quotas), so a
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
        """Whether recipients are currently to be sent to one by one."""
        return self._now() < self._line.singles_until

    def _now(self) -> float:
        return self._clock().timestamp()


def campaign_rate(rate: float) -> float:
    """What campaigns may use of an account's rate: all of it, or half if it is slow (1 a second in the sandbox)."""
    return max(rate if rate >= SLOW else rate / 2, 0.01)
