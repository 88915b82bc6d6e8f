"""SES's events about a campaign, as they arrive and as Lambda hands them over.

A Send event comes at once, the delivery some seconds later, along with a few bounces; opens and clicks over two days.
"""

import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from email_list.clock import iso
from email_list.events.mail_events import Event, Kind, Place
from email_list.events.meanings import Meaning

WINDOW_SECONDS = 10.0
MESSAGES_AT_ONCE = 1000
WRITERS = 2
"""As `components.campaigns` declares the queue of events."""

RECEIVED_AT_ONCE = 10
"""Messages of one ReceiveMessage or DeleteMessageBatch call (SQS API reference)."""

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
OPENED, CLICKED, BOUNCED = 0.35, 0.05, 0.005
"""Shares of emails; who opens does so twice."""

READ_WITHIN = 2 * 24 * 3600


@dataclass(frozen=True)
class Mailing:
    """A campaign whose emails go out at a rate, in batches, and what SES is told to report of them."""

    mails: int
    rate: float
    batch: int
    deliveries: bool
    reads: bool
    campaign: str = "C1"
    bounced: float = BOUNCED
    group: str = "nobody"
    """Of the recipients, as `Campaigner.add_people` calls them."""

    def events(self) -> list[tuple[float, Event]]:
        """Its events with the second at which each arrives, in order; the same each time."""
        chance = random.Random(7)
        found: list[tuple[float, Event]] = []

        def add(moment: float, kind: Kind, number: int, meaning: Meaning | None = None) -> None:
            found.append((moment, self._event(moment, kind, number, meaning)))

        for number in range(self.mails):
            sent = number // self.batch * self.batch / self.rate
            add(sent + chance.uniform(0.1, 1.0), Kind.SEND, number)
            arrives = sent + chance.lognormvariate(0.7, 1.0)
            if chance.random() < self.bounced:
                add(arrives, Kind.BOUNCE, number, Meaning.HARD_BOUNCE)
                continue
            if self.deliveries:
                add(arrives, Kind.DELIVERY, number)
            if self.reads and chance.random() < OPENED:
                for _ in range(2):
                    add(arrives + chance.uniform(60, READ_WITHIN) * chance.random() ** 2, Kind.OPEN, number)
                if chance.random() < CLICKED / OPENED:
                    add(arrives + chance.uniform(60, READ_WITHIN), Kind.CLICK, number)
        return sorted(found, key=lambda arriving: arriving[0])

    def _event(self, moment: float, kind: Kind, number: int, meaning: Meaning | None) -> Event:
        place = Place(self.campaign, number // self.batch + 1, number % self.batch)
        people = (f"{self.group}-{number:06d}@example.com",)
        sent_at = _at(number / self.rate)
        return Event(kind, f"m{number}", sent_at, _at(moment), people, place, meaning=meaning)


def _at(second: float) -> str:
    return iso(START + timedelta(seconds=second))


def handed_over(arriving: Sequence[tuple[float, Event]]) -> Iterator[list[Event]]:
    """The batches that Lambda's pollers make of a queue: each message goes to any of them."""
    chance = random.Random(8)
    waiting: list[list[Event]] = [[] for _ in range(WRITERS)]
    due: list[tuple[float, int]] = []
    for moment, event in arriving:
        while due and due[0][0] <= moment:
            _, writer = heapq.heappop(due)
            if waiting[writer]:
                yield waiting[writer]
                waiting[writer] = []
        writer = chance.randrange(WRITERS)
        if not waiting[writer]:
            heapq.heappush(due, (moment + WINDOW_SECONDS, writer))
        waiting[writer].append(event)
        if len(waiting[writer]) == MESSAGES_AT_ONCE:
            yield waiting[writer]
            waiting[writer] = []
    yield from filter(None, waiting)


def receives(arriving: Sequence[tuple[float, Event]]) -> int:
    """Calls that take the events out of the queue: ten at once where many come, one for each where few do."""
    seconds: dict[int, int] = {}
    for moment, _ in arriving:
        seconds[int(moment)] = seconds.get(int(moment), 0) + 1
    return sum(math.ceil(count / RECEIVED_AT_ONCE) for count in seconds.values())


def document(event: Event) -> dict[str, Any]:
    """The event as SES publishes it."""
    assert event.place is not None
    tags = {"campaign": event.place.campaign, "batch": event.place.batch, "recipient": event.place.position}
    mail = {
        "timestamp": event.sent_at,
        "messageId": event.message,
        "destination": list(event.people),
        "tags": {name: [str(value)] for name, value in tags.items()},
    }
    details = {"timestamp": event.at, "userAgent": "Mozilla/5.0 (a person)", "bounceType": "Permanent"}
    return {"eventType": event.kind.value, "mail": mail, event.kind.value.lower(): details}
