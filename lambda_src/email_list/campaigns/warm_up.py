"""Warm-up: a domain that is new to mailbox providers sends a little more each day, to its most faithful readers first.

The first day on which campaigns are sent has room for `start` emails, and each further such day for `factor` times as
many, rounded down. Days on which nothing is sent do not count: providers learn nothing from them. Confirmations and
other emails that people ask for are not held back.

Days are those of UTC. What is taken is written before SES is called, so that no crash can exceed the curve.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Protocol

from email_list.clock import Clock, from_iso, utc_now
from email_list.people.subscribers import Subscriber

MOST = 100_000_000
"""Emails a day beyond which a curve ends."""

FAITHFUL, FAMILIAR, OTHERS = "012"
"""Bands of readers, the best first: opened or clicked within 30 days; within 90 days, or new on the list; the rest."""

FAITHFUL_WITHIN = timedelta(days=30)
FAMILIAR_WITHIN = timedelta(days=90)

READS = frozenset({"opened_on", "clicked_on"})
"""What telling bands needs to know of people besides when they joined."""

MAX_ATTEMPTS = 100


def band(person: Subscriber, now: datetime) -> str:
    """The band of a reader. Where opens are not tracked, those who joined lately come first."""
    seen = max(person.opened_on, person.clicked_on)
    if seen >= (now - FAITHFUL_WITHIN).date().isoformat():
        return FAITHFUL
    known = from_iso(person.subscribed_date) >= now - FAITHFUL_WITHIN
    return FAMILIAR if known or seen >= (now - FAMILIAR_WITHIN).date().isoformat() else OTHERS


@dataclass(frozen=True)
class Curve:
    """How many emails the days have room for."""

    start: int
    factor: Fraction

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Curve | None":
        """None if no warm-up is configured."""
        text = environment.get("WARM_UP")
        if not text:
            return None
        described = json.loads(text)
        return cls(int(described["start"]), Fraction(described["factor"]))

    def cap(self, step: int) -> int:
        """The room of a day on which campaigns are sent; `step` counts these days from 0."""
        room = Fraction(self.start)
        for _ in range(step):
            if room >= MOST:
                break
            room *= self.factor
        return min(int(room), MOST)


@dataclass(frozen=True)
class Used:
    """The last day on which campaigns were sent, which of these days it was, and what of its room is taken."""

    day: str = ""
    step: int = -1
    taken: int = 0


class WarmUpStore(Protocol):
    """Where this is kept (`email_list.aws.warm_up_table`)."""

    def used(self) -> Used:
        """Read consistently."""
        ...

    def use(self, before: Used, after: Used) -> bool:
        """Replace it; False if it has changed since `before`."""
        ...


class WarmUp:
    """Deals out the room of the days. Any number of workers may take from it."""

    def __init__(self, curve: Curve, store: WarmUpStore, clock: Clock = utc_now) -> None:
        self.curve = curve
        self._store = store
        self._clock = clock

    def take(self, recipients: int) -> int:
        """How many of these recipients may be sent to today; they count as sent."""
        for _ in range(MAX_ATTEMPTS):
            before = self._store.used()
            today = self._today(before)
            taken = min(recipients, self.curve.cap(today.step) - today.taken)
            if taken <= 0:
                return 0
            if self._store.use(before, replace(today, taken=today.taken + taken)):
                return taken
        raise RuntimeError("the warm-up's room of the day changes too often")

    def give_back(self, recipients: int) -> None:
        """So many of those that were taken were not sent to after all. On another day, their room is gone."""
        for _ in range(MAX_ATTEMPTS):
            before = self._store.used()
            if not recipients or before.day != self._day():
                return
            if self._store.use(before, replace(before, taken=max(0, before.taken - recipients))):
                return

    def today(self) -> Used:
        """Which day of the warm-up it is, and what of its room is taken."""
        return self._today(self._store.used())

    def cap_today(self) -> int:
        """The room of today, taken or not."""
        return self.curve.cap(self.today().step)

    def room(self) -> int:
        """How many more recipients may be sent to today."""
        today = self.today()
        return max(0, self.curve.cap(today.step) - today.taken)

    def tomorrow(self) -> datetime:
        """When there is room again."""
        return datetime.combine(self._clock().astimezone(UTC).date() + timedelta(days=1), time(), UTC)

    def done_on(self, recipients: int) -> date:
        """The day on which so many recipients will have been sent to, if campaigns are sent every day."""
        today = self.today()
        left, days = recipients - max(0, self.curve.cap(today.step) - today.taken), 0
        while left > 0:
            days += 1
            left -= self.curve.cap(today.step + days)
        return self._clock().astimezone(UTC).date() + timedelta(days=days)

    def covers_on(self, recipients: int) -> date:
        """The first day that has room for so many recipients at once, if campaigns are sent every day."""
        today, days = self.today(), 0
        while self.curve.cap(today.step + days) < min(recipients, MOST):
            days += 1
        return self._clock().astimezone(UTC).date() + timedelta(days=days)

    def _today(self, used: Used) -> Used:
        day = self._day()
        return used if used.day >= day else Used(day, used.step + 1)

    def _day(self) -> str:
        return self._clock().astimezone(UTC).date().isoformat()
