"""How many DynamoDB write units SES's events cost, for mails sent at different rates.

Events are drawn as they come from SES (a Send event at once, the delivery some seconds later, a few bounces, delays and
complaints; opens and clicks over two days), handed over as Lambda hands over the queue, and recorded by the product's
own code into a store that counts. Run: `python -m benchmarks.event_writes`.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from email_list.clock import iso
from email_list.feedback import Results
from email_list.feedback_recording import Recorder
from email_list.mail_events import Event, Kind, Place
from tests.unit.domain.feedback_world import FakeFeedback

BATCH = 50
WINDOW_SECONDS = 10.0
MESSAGES_AT_ONCE = 1000
WRITERS = 2
"""As `components.campaigns` declares the queue of events."""

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
SECONDS_OF_SENDING = 120
OPENED, CLICKED, BOUNCED = 0.35, 0.05, 0.005
"""Shares of mails; who opens does so twice."""

READ_WITHIN = 2 * 24 * 3600
UNITS_OF_A_ROW = 2
"""Write units of an item of up to 1 KB in a transaction (DynamoDB developer guide)."""

DOLLARS_PER_UNIT = 0.625 / 1_000_000


@dataclass
class Cost:
    mails: int
    events: int
    units: int

    def __str__(self) -> str:
        dollars = self.units / self.mails * 1_000_000 * DOLLARS_PER_UNIT
        return (
            f"{self.events / self.mails:5.2f} events a mail, {self.units / self.events:6.3f} units an event, "
            f"${dollars:.3f} a million mails"
        )


def events_of(mails: int, rate: float, tracked: bool, chance: random.Random) -> list[tuple[float, Event]]:
    """Events with the second at which each arrives, in order."""
    found: list[tuple[float, Event]] = []

    def add(moment: float, kind: Kind, number: int, permanent: bool = False) -> None:
        place = Place("C1", number // BATCH, number % BATCH)
        event = Event(kind, f"m{number}", _at(number / rate), _at(moment), (), place, permanent=permanent)
        found.append((moment, event))

    for number in range(mails):
        sent = number // BATCH * BATCH / rate
        add(sent + chance.uniform(0.1, 1.0), Kind.SEND, number)
        arrives = sent + chance.lognormvariate(0.7, 1.0)
        if chance.random() < BOUNCED:
            add(arrives, Kind.BOUNCE, number, permanent=True)
            continue
        add(arrives, Kind.DELIVERY, number)
        if tracked and chance.random() < OPENED:
            for _ in range(2):
                add(arrives + chance.uniform(60, READ_WITHIN) * chance.random() ** 2, Kind.OPEN, number)
            if chance.random() < CLICKED / OPENED:
                add(arrives + chance.uniform(60, READ_WITHIN), Kind.CLICK, number)
    return sorted(found, key=lambda arriving: arriving[0])


def _at(second: float) -> str:
    return iso(START + timedelta(seconds=second))


def handed_over(arriving: list[tuple[float, Event]], chance: random.Random) -> Iterator[list[Event]]:
    """The batches that Lambda's pollers make of a queue: each message goes to any of them."""
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


def measure(rate: float, tracked: bool) -> tuple[Cost, Results]:
    """The cost of recording what comes back about the mails of some minutes."""
    chance = random.Random(7)
    mails = max(1000, round(rate * SECONDS_OF_SENDING))
    arriving = events_of(mails, rate, tracked, chance)
    store = FakeFeedback()
    recorder = Recorder(store)
    for batch in handed_over(arriving, chance):
        recorder.record(batch)
    units = sum(UNITS_OF_A_ROW * (rows + 1) for rows in store.saves)
    assert store.sums("C1") == store.recount("C1")
    return Cost(mails, len(arriving), units), store.results("C1")


def main() -> None:
    for tracked in (False, True):
        for rate in (14, 100, 500):
            cost, results = measure(rate, tracked)
            print(f"tracking {'on ' if tracked else 'off'} at {rate:3d}/s: {cost}  ({results.delivered} delivered)")


if __name__ == "__main__":
    main()
