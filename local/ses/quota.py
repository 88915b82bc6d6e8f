"""How much the account may send: recipients a second, and recipients in any 24 hours."""

import time
from collections import deque
from collections.abc import Callable

from local.ses.behaviour import Behaviour
from local.ses.errors import LimitExceededException, TooManyRequestsException

_DAY = 24 * 60 * 60


class Quota:
    def __init__(self, behaviour: Behaviour, clock: Callable[[], float] = time.monotonic) -> None:
        self._behaviour = behaviour
        self._clock = clock
        self._tokens = float("inf")
        self._refilled = clock()
        self._sent: deque[list[float]] = deque()  # [second, recipients], oldest first
        self._sent_total = 0

    def take(self, recipients: int) -> None:
        """Use up quota for one email.

        Raises `LimitExceededException` over the daily quota and `TooManyRequestsException` over the rate, and
        then uses up nothing.
        """
        daily = self._behaviour.daily_quota
        if daily is not None and self.sent_last_24_hours() + recipients > daily:
            raise LimitExceededException("Daily message quota exceeded.")
        rate = self._behaviour.rate_per_second
        if rate is not None:
            self._refill(rate)
            if self._tokens < recipients:
                raise TooManyRequestsException("Maximum sending rate exceeded.")
            self._tokens -= recipients
        self._record(recipients)

    def sent_last_24_hours(self) -> int:
        limit = self._clock() - _DAY
        while self._sent and self._sent[0][0] <= limit:
            self._sent_total -= int(self._sent.popleft()[1])
        return self._sent_total

    def set_sent_last_24_hours(self, recipients: int) -> None:
        self._sent.clear()
        self._sent_total = 0
        self._record(recipients)

    def _refill(self, rate: float) -> None:
        now = self._clock()
        full = max(1.0, rate)
        self._tokens = min(full, self._tokens + (now - self._refilled) * rate)
        self._refilled = now

    def _record(self, recipients: int) -> None:
        second = float(int(self._clock()))
        if not self._sent or self._sent[-1][0] != second:
            self._sent.append([second, 0])
        self._sent[-1][1] += recipients
        self._sent_total += recipients
