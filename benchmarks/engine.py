"""The campaign engine in memory: the product's own planner and sender, with stores that count or forget.

Here a list may have a million people, whatever the emulator can hold.
"""

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.figures import Aim, Curve, Figure
from email_list.aws.queue import MESSAGES_AT_ONCE
from email_list.campaigns.audience import Audience, WalkPage
from email_list.campaigns.campaign import Campaign, Position, Status
from email_list.campaigns.ledger import PlannedBatch
from email_list.campaigns.pace import Account, Pace
from email_list.campaigns.planning import Planner
from email_list.campaigns.sending import Answer, Reply, Sender, Tagged
from email_list.clock import iso
from email_list.metrics import Metrics
from email_list.people.subscribers import Status as SubscriberStatus
from email_list.people.subscribers import Subscriber
from tests.unit.domain.campaign_world import FakeClock, FakeLook, FakeStore, letter

PAGE = 2500
"""People of one page of a walk: 1 MB of items of some 400 bytes."""

START = datetime(2020, 1, 1, tzinfo=UTC)
SIZES = (1_000, 10_000, 100_000)
CAMPAIGN = "C1"


def never() -> bool:
    return False


class Crowd:
    """`planning.People` and `sending.People`: any number of people, made when they are looked at. Counts its reads."""

    def __init__(self, size: int, **known: Any) -> None:
        self.size = size
        self._known = known
        self.calls: Counter[str] = Counter()

    def walk(self, after: Position | None, cutoff: str, reads: frozenset[str]) -> WalkPage:
        self.calls["walk"] += 1
        first = 0 if after is None else _number(after.email) + 1
        last = min(first + PAGE, self.size)
        return WalkPage([_person(number, **self._known) for number in range(first, last)], last < self.size)

    def find(self, emails: Iterable[str]) -> Mapping[str, Subscriber]:
        self.calls["find"] += 1
        return {email: _person(_number(email)) for email in emails}


def _person(number: int, **known: Any) -> Subscriber:
    joined = iso(START + timedelta(seconds=number))
    return Subscriber(f"person{number:07d}@example.com", SubscriberStatus.ACTIVE, joined, f"Person {number}", **known)


def _number(email: str) -> int:
    return int(email[6:13])


class Queue:
    """`campaign_store.WorkQueue`: batches by number, and how many calls to SQS they were."""

    def __init__(self) -> None:
        self.numbers: deque[int] = deque()
        self.calls: Counter[str] = Counter()

    def put(self, campaign_id: str, numbers: Sequence[int]) -> None:
        self.numbers += numbers
        self.calls["put"] += -(-len(numbers) // MESSAGES_AT_ONCE)

    def put_later(self, campaign_id: str, number: int, seconds: float) -> None:
        self.numbers.append(number)
        self.calls["put"] += 1

    def is_idle(self) -> bool:
        return not self.numbers


class Forgetful(FakeStore):
    """A store that keeps no plan rows, as it is the planner's memory that counts."""

    def add_plan_rows(self, campaign_id: str, rows: Sequence[PlannedBatch]) -> Sequence[PlannedBatch]:
        return rows


class Ses:
    """`sending.Mailer`: takes everything, and counts calls."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def send(self, template: str, letters: Sequence[Tagged], *, one_by_one: bool) -> Sequence[Reply]:
        self.calls["send"] += 1
        return [Reply(Answer.ACCEPTED)] * len(letters)


class Counting:
    """A collaborator whose calls are counted; each method of the ledger is one call to DynamoDB."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self.calls[name] += 1
            return method(*arguments, **named)

        return call


def never_tracked(person: Subscriber) -> bool:
    return False


def campaign(audience: Audience | None = None) -> Campaign:
    return Campaign(
        id=CAMPAIGN,
        status=Status.PLANNING,
        subject="News",
        created_at=iso(START),
        updated_at=iso(START),
        audience=audience or Audience(),
    )


def planner(store: Any, crowd: Crowd, queue: Queue, clock: FakeClock) -> Planner:
    return Planner(store, crowd, lambda *_: (), queue, lambda: 50, timedelta(hours=1), clock)


def calls_by_size() -> tuple[list[Figure], dict[str, Curve]]:
    """What one recipient costs in campaigns of very different sizes: calls, and time of this processor."""
    calls, times = zip(*map(_send_to, SIZES), strict=True)
    largest = SIZES[-1]
    return [
        Figure(
            f"calls for 1,000 of {largest:,} recipients",
            calls[-1],
            plain=calls[0],
            aim=Aim(most=1.02 * calls[0]),
            exact=True,
        ),
        Figure(f"time for 1,000 of {largest:,} recipients", times[-1], "ms", plain=times[0]),
    ], {"calls for 1,000 recipients": list(zip(SIZES, calls, strict=True))}


def _send_to(people: int) -> tuple[float, float]:
    """Calls, and milliseconds, for 1,000 recipients of a campaign to so many."""
    clock, crowd, queue, ses = FakeClock(), Crowd(people), Queue(), Ses()
    rows = FakeStore()
    store: Any = Counting(rows)
    rows.create(campaign())
    pace = Pace(store, lambda: Account(1000.0, None, 0.0), clock=clock, sleep=clock.forward)
    metrics = Metrics("benchmark", lambda line: None)
    minute = timedelta(minutes=1)
    sender = Sender(
        store, FakeLook(rows, crowd), letter, never_tracked, ses, pace, metrics, minute, minute, clock, clock.forward
    )
    started = time.process_time()
    planner(store, crowd, queue, clock).plan(CAMPAIGN, never)
    while queue.numbers:
        number = queue.numbers.popleft()
        again = sender.send(CAMPAIGN, number, patience=20.0)
        if again is not None:
            queue.put_later(CAMPAIGN, number, again.seconds)
        if not queue.numbers:
            sender.finish(CAMPAIGN)
    took = time.process_time() - started
    if rows.campaigns[CAMPAIGN].status is not Status.SENT or rows.tally(CAMPAIGN).sent != people:
        raise RuntimeError(f"not sent: {rows.campaigns[CAMPAIGN]} {rows.tally(CAMPAIGN)}")
    made = sum(sum(one.calls.values()) for one in (store, crowd, queue, ses))
    return 1000 * made / people, 1_000_000 * took / people
