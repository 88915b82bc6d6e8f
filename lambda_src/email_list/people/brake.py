"""The brake on confirmations: what strangers cause, limited for the stack as a whole.

Every sign-up makes this list email an address that nobody has verified. However many networks they come from,
confirmations stay below a cap per hour and per day and below half of the account's daily quota, and they stop when so
many of them bounce that somebody must be signing up made-up addresses: SES judges the account by its bounces. Bounces
take their time, so what an hour may send is spread over it. A confirmation that may not be sent now waits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from email_list.account import Account, NotNowError
from email_list.clock import Clock, iso, utc_now
from email_list.people.subscribers import CONFIRMATION_LIFETIME

WINDOW = timedelta(hours=24)
"""Of the daily cap and of the watch on bounces."""

SLOT_MINUTES = 6
AT_ONCE = 100
"""So many confirmations may be sent in a slot, or a tenth of an hour's cap if that is more: before the next ones are
sent, most of those that bounce have done so."""

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
    PACE = "pace"
    """As many were sent in the last minutes as may be before any can have bounced."""
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

    @property
    def per_slot(self) -> int:
        return max(AT_ONCE, self.per_hour * SLOT_MINUTES // 60)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Caps":
        """KeyError names the variable that the program did not set."""
        return cls(int(environment["CONFIRMATIONS_PER_HOUR"]), int(environment["CONFIRMATIONS_PER_DAY"]))


@dataclass(frozen=True)
class Count:
    """Confirmations sent in a slot, and how many bounced in it that no administrator has forgiven."""

    sent: int = 0
    bounced: int = 0


class Slots(Protocol):
    """Where confirmations are counted, by slots of some minutes (`2026-11-24T10:06`;
    `email_list.aws.confirmation_table`)."""

    def counts(self, since: str) -> Mapping[str, Count]:
        """The slots from this one on in which anything happened, read consistently."""
        ...

    def count_sent(self, slot: str, below: int) -> bool:
        """Count one more if fewer than `below` were counted; returns whether it was."""
        ...

    def take_back(self, slot: str) -> None:
        """Count one less: it was not sent after all."""
        ...

    def forgive(self, slot: str, bounced: int) -> None:
        """Count this many bounces less."""
        ...


class Bounces(Protocol):
    """Where bounces of confirmations are counted."""

    def count_bounced(self, slot: str, message: str) -> None:
        """Count the bounce of a message, once however often it is reported."""
        ...


def note_bounce(bounces: Bounces, message: str, clock: Clock = utc_now) -> None:
    """A confirmation was a hard bounce; this may be reported more than once."""
    bounces.count_bounced(_slot(clock()), message)


class Brake:
    """Decides whether a confirmation may be sent. `account` may return None if SES does not answer: then SES itself
    decides, when it is asked to send."""

    def __init__(self, slots: Slots, caps: Caps, account: Callable[[], Account | None], clock: Clock = utc_now) -> None:
        self._slots = slots
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
        if not self._slots.count_sent(_slot(now), below=self._room(window, now)):
            raise HeldError(_until_next_slot(now))
        try:
            send()
        except NotNowError as error:
            self._slots.take_back(_slot(now))
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
            "sent_this_hour": _sent_this_hour(window, now),
            "per_hour": self._caps.per_hour,
            "sent_last_24_hours": _sent(window),
            "per_day": self._caps.per_day,
            "bounced_last_24_hours": _bounced(window),
        }

    def release(self) -> None:
        """An administrator says that confirmations may continue: what has bounced so far is forgiven."""
        for slot, count in self._window(self._clock()).items():
            if count.bounced:
                self._slots.forgive(slot, count.bounced)

    def _window(self, now: datetime) -> Mapping[str, Count]:
        return self._slots.counts(since=_slot(now - WINDOW))

    def _judge(self, window: Mapping[str, Count], now: datetime) -> Held | None:
        sent, bounced = _sent(window), _bounced(window)
        if bounced >= MANY_BOUNCES or (bounced > MIN_BOUNCES and bounced > MAX_BOUNCE_SHARE * sent):
            return Held(Cause.BOUNCES)
        account = self._account()
        if account is not None and (account.room < 1 or sent >= account.confirmations_at_most):
            return Held(Cause.QUOTA)
        if sent >= self._caps.per_day:
            return _until_next_hour(Cause.DAY, now)
        if _sent_this_hour(window, now) >= self._caps.per_hour:
            return _until_next_hour(Cause.HOUR, now)
        if window.get(_slot(now), Count()).sent >= self._caps.per_slot:
            return _until_next_slot(now)
        return None

    def _room(self, window: Mapping[str, Count], now: datetime) -> int:
        """How many confirmations the current slot may have: its share, or what the others leave of an hour or a day."""
        here = window.get(_slot(now), Count()).sent
        of_hour, of_day = _sent_this_hour(window, now) - here, _sent(window) - here
        return min(self._caps.per_slot, self._caps.per_hour - of_hour, self._caps.per_day - of_day)


def _until_next_hour(cause: Cause, now: datetime) -> Held:
    return Held(cause, min(LONGEST_LOOK, 3600 - now.minute * 60 - now.second))


def _until_next_slot(now: datetime) -> Held:
    return Held(Cause.PACE, SLOT_MINUTES * 60 - (now.minute * 60 + now.second) % (SLOT_MINUTES * 60))


def _hour(moment: datetime) -> str:
    return iso(moment)[:13]


def _slot(moment: datetime) -> str:
    return f"{_hour(moment)}:{moment.minute // SLOT_MINUTES * SLOT_MINUTES:02}"


def _sent_this_hour(window: Mapping[str, Count], now: datetime) -> int:
    return sum(count.sent for slot, count in window.items() if slot.startswith(_hour(now)))


def _sent(window: Mapping[str, Count]) -> int:
    return sum(count.sent for count in window.values())


def _bounced(window: Mapping[str, Count]) -> int:
    return sum(count.bounced for count in window.values())
