"""The brake on confirmations: what strangers cause, limited for the stack as a whole.

Every sign-up makes this list email an address that nobody has verified. However many networks they come from,
confirmations stay below a cap per hour and per day and below half of the account's daily quota, and they stop when so
many of them bounce that somebody must be signing up made-up addresses: SES judges the account by its bounces. A
confirmation that may not be sent now waits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from email_list.account import Account, NotNowError
from email_list.clock import Clock, iso, utc_now
from email_list.people.subscribers import CONFIRMATION_LIFETIME

HOURS = 24
"""The window of the daily cap and of the watch on bounces, including the current hour."""

MIN_BOUNCES, MAX_BOUNCE_SHARE = 20, 0.1
"""More bounces than this, if they are also a larger share of the confirmations, stop them. SES reviews an account from
5 % on (SES developer guide, "Reputation metrics"), but by its emails over a longer time, most of which are
campaigns'."""

MANY_BOUNCES = 100
"""This many stop them whatever their share."""

LONGEST_LOOK = 900
"""Seconds until a waiting confirmation is looked at again, at most: the longest delay of a queue (SQS API reference,
DelaySeconds)."""

REMEMBERED = timedelta(seconds=10)
"""How long it is assumed, without checking again, that confirmations are held."""


class Cause(StrEnum):
    """Why confirmations are held."""

    BOUNCES = "bounces"
    HOUR = "hour"
    DAY = "day"
    QUOTA = "quota"
    REFUSED = "refused"
    """SES accepts no email."""


@dataclass(frozen=True)
class Held:
    """A confirmation may not be sent now; it must be looked at again in this many seconds."""

    cause: Cause
    seconds: int = LONGEST_LOOK


class HeldError(Exception):
    """A confirmation may not be sent now."""

    def __init__(self, held: Held) -> None:
        super().__init__(held.cause.value)
        self.held = held


@dataclass(frozen=True)
class Caps:
    """How many confirmations may be sent in an hour, and in 24 hours."""

    per_hour: int
    per_day: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Caps":
        """KeyError names the variable that the program did not set."""
        return cls(int(environment["CONFIRMATIONS_PER_HOUR"]), int(environment["CONFIRMATIONS_PER_DAY"]))


@dataclass(frozen=True)
class Count:
    """Confirmations sent in an hour, and how many of them bounced that no administrator has forgiven."""

    sent: int = 0
    bounced: int = 0


class Hours(Protocol):
    """Where confirmations are counted, by the hour (`2026-11-24T10`; `email_list.aws.confirmation_table`)."""

    def counts(self, since: str) -> Mapping[str, Count]:
        """The hours from this one on in which anything happened, read consistently."""
        ...

    def count_sent(self, hour: str, below: int) -> bool:
        """Count one more if fewer than `below` were counted; returns whether it was."""
        ...

    def take_back(self, hour: str) -> None:
        """Count one less: it was not sent after all."""
        ...

    def forgive(self, hour: str, bounced: int) -> None:
        """Count this many bounces less."""
        ...


class Bounces(Protocol):
    """Where bounces of confirmations are counted."""

    def count_bounced(self, hour: str, message: str) -> None:
        """Count the bounce of a message, once however often it is reported."""
        ...


def note_bounce(bounces: Bounces, message: str, clock: Clock = utc_now) -> None:
    """A confirmation was a hard bounce; this may be reported more than once."""
    bounces.count_bounced(_hour(clock()), message)


class Brake:
    """Decides whether a confirmation may be sent. `account` may return None if SES does not answer: then SES itself
    decides, when it is asked to send."""

    def __init__(self, hours: Hours, caps: Caps, account: Callable[[], Account | None], clock: Clock = utc_now) -> None:
        self._hours = hours
        self._caps = caps
        self._account = account
        self._clock = clock
        self._remembered: tuple[datetime, Held] | None = None

    def check(self) -> None:
        """HeldError while confirmations are held. It counts nothing, and costs nothing for some seconds."""
        now = self._clock()
        if self._remembered is None or now - self._remembered[0] >= REMEMBERED:
            held = self._judge(self._window(now), now)
            self._remembered = (now, held) if held else None
        if self._remembered:
            raise HeldError(self._remembered[1])

    def let_go(self, send: Callable[[], None]) -> None:
        """Send a confirmation, and count it. HeldError if it may not be sent now.

        What fails in another way stays counted: it may have been sent.
        """
        now = self._clock()
        window = self._window(now)
        if held := self._judge(window, now):
            raise HeldError(held)
        if not self._hours.count_sent(_hour(now), below=self._room(window, now)):
            raise HeldError(_until_next_hour(Cause.HOUR, now))
        try:
            send()
        except NotNowError as error:
            self._hours.take_back(_hour(now))
            raise HeldError(Held(Cause.REFUSED)) from error

    @property
    def most_waiting(self) -> int:
        """How many may wait: no more can be sent before the last of them is no longer good."""
        return self._caps.per_day * CONFIRMATION_LIFETIME.days

    def state(self) -> dict[str, object]:
        """What administrators are shown: whether confirmations are sent or held, why, and the counts."""
        now = self._clock()
        window = self._window(now)
        held = self._judge(window, now)
        return {
            "state": "held" if held else "running",
            "cause": held.cause.value if held else None,
            "sent_this_hour": window.get(_hour(now), Count()).sent,
            "per_hour": self._caps.per_hour,
            "sent_last_24_hours": _sent(window),
            "per_day": self._caps.per_day,
            "bounced_last_24_hours": _bounced(window),
        }

    def release(self) -> None:
        """An administrator says that confirmations may continue: what has bounced so far is forgiven."""
        for hour, count in self._window(self._clock()).items():
            if count.bounced:
                self._hours.forgive(hour, count.bounced)

    def _window(self, now: datetime) -> Mapping[str, Count]:
        return self._hours.counts(since=_hour(now - timedelta(hours=HOURS - 1)))

    def _judge(self, window: Mapping[str, Count], now: datetime) -> Held | None:
        sent, bounced = _sent(window), _bounced(window)
        if bounced >= MANY_BOUNCES or (bounced > MIN_BOUNCES and bounced > MAX_BOUNCE_SHARE * sent):
            return Held(Cause.BOUNCES)
        account = self._account()
        if account is not None and (account.room < 1 or sent >= account.confirmations_at_most):
            return Held(Cause.QUOTA)
        if self._room(window, now) <= window.get(_hour(now), Count()).sent:
            return _until_next_hour(Cause.DAY if sent >= self._caps.per_day else Cause.HOUR, now)
        return None

    def _room(self, window: Mapping[str, Count], now: datetime) -> int:
        """How many confirmations the current hour may have: its own cap, or what the hours before it leave of a day."""
        before = _sent(window) - window.get(_hour(now), Count()).sent
        return min(self._caps.per_hour, self._caps.per_day - before)


def _until_next_hour(cause: Cause, now: datetime) -> Held:
    return Held(cause, min(LONGEST_LOOK, 3600 - now.minute * 60 - now.second))


def _hour(moment: datetime) -> str:
    return iso(moment)[:13]


def _sent(window: Mapping[str, Count]) -> int:
    return sum(count.sent for count in window.values())


def _bounced(window: Mapping[str, Count]) -> int:
    return sum(count.bounced for count in window.values())
