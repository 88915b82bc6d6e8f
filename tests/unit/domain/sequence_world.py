"""A small world for sequences: the campaigns' world, with places and alarms in dictionaries."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as Several
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from email_list.account import Account
from email_list.campaigns.ledger import PlannedBatch
from email_list.campaigns.orders import Orders
from email_list.campaigns.pace import PROMISED_TO_STEPS, Pace
from email_list.campaigns.sending import Answer, Reply, Sender, Tagged
from email_list.campaigns.settlement import Settlement
from email_list.clock import iso
from email_list.metrics import Metrics
from email_list.people.changes import PersonChange
from email_list.people.subscribers import Record, Status
from email_list.sequences import memory
from email_list.sequences.desk import SequenceDesk
from email_list.sequences.entering import Entrance
from email_list.sequences.places import Change, Group, Place, PlacePage, difference
from email_list.sequences.running import Runner, StepLook
from email_list.sequences.sequence import Sequence, Step, Version
from email_list.sequences.store import SequencePage
from tests.unit.domain.campaign_world import (
    GRACE,
    QUOTA_RECHECK,
    Crash,
    FakeClock,
    FakeDrafts,
    FakeLook,
    FakePeople,
    FakePress,
    FakeSes,
    FakeStore,
    Faults,
    compose,
    faulty,
    letter,
)
from tests.unit.domain.feedback_world import FakeFeedback

MINUTE = timedelta(minutes=1)
TOPICS = ("News", "Events")
RUN_SECONDS = 300.0
"""How long a run lasts at most."""


class FakeEditions(FakeStore):
    """The `Editions`."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: Counter[str] = Counter()

    def reserve(self, edition: str, batches: int) -> int:
        self.numbers[edition] += batches
        return self.numbers[edition] - batches + 1

    def forget(self, edition: str) -> None:
        self.campaigns.pop(edition, None)


class FakePlaces:
    """The `PlaceStore`, over the plans of the editions."""

    def __init__(self, editions: FakeEditions, page: int = 7) -> None:
        self.places: dict[tuple[str, str], Place] = {}
        self.sums: dict[str, Counter[str]] = defaultdict(Counter)
        self._editions = editions
        self.page_size = page

    def enter(self, places: Several[Place]) -> None:
        for place in places:
            if (place.sequence, place.email) not in self.places:
                self._store(None, place)

    def of(self, email: str) -> Several[Place]:
        return [place for (_, of), place in self.places.items() if of == email]

    def get(self, sequence: str, emails: Iterable[str]) -> Mapping[str, Place]:
        return {email: self.places[sequence, email] for email in emails if (sequence, email) in self.places}

    def due(self, sequence: str, until: str) -> Iterator[Several[str]]:
        waiting = sorted(
            (place.at, place.email)
            for (of, _), place in self.places.items()
            if of == sequence and place.group is Group.INSIDE and place.at <= until
        )
        for start in range(0, len(waiting), self.page_size):
            yield [email for _, email in waiting[start : start + self.page_size]]

    def plan(self, edition: str, changes: Several[Change]) -> Several[Place]:
        taken = [(before, after) for before, after in changes if self._is_unchanged(before)]
        if taken:
            number = taken[0][1].batch
            row = PlannedBatch(number, [after.email for _, after in taken], None)
            assert self._editions.plans.setdefault((edition, number), row) is row
        return [self._store(before, after) for before, after in taken]

    def move(self, changes: Several[Change]) -> None:
        for before, after in changes:
            if self._is_unchanged(before):
                self._store(before, after)

    def page(self, sequence: str, group: Group, limit: int, cursor: str | None) -> PlacePage:
        found = [place for (of, _), place in self.places.items() if of == sequence and place.group is group]
        return PlacePage(sorted(found, key=lambda place: place.at)[:limit], None)

    def counters(self, sequence: str) -> Mapping[str, int]:
        return self.sums[sequence]

    def clear(self, sequence: str, has_time: Callable[[], bool]) -> bool:
        self.places = {key: place for key, place in self.places.items() if key[0] != sequence}
        return True

    def remove(self, place: Place) -> None:
        self.places.pop((place.sequence, place.email), None)

    def _is_unchanged(self, before: Place) -> bool:
        present = self.places.get((before.sequence, before.email))
        return present is not None and present.revision == before.revision

    def _store(self, before: Place | None, after: Place) -> Place:
        stored = replace(after, revision=after.revision + 1)
        self.places[after.sequence, after.email] = stored
        self.sums[after.sequence].update(difference(before, after))
        return stored


class FakeSequences:
    """The `SequenceStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, Sequence] = {}
        self.written: dict[str, tuple[Step, ...]] = {}
        self.versions: dict[tuple[str, int], Version] = {}
        self.leases: dict[str, tuple[str, str]] = {}

    def get(self, sequence_id: str) -> Sequence | None:
        return self.rows.get(sequence_id)

    def steps(self, sequence_id: str) -> tuple[Step, ...]:
        return self.written.get(sequence_id, ())

    def version(self, sequence_id: str, number: int) -> Version | None:
        return self.versions.get((sequence_id, number))

    def save(
        self, sequence: Sequence, steps: tuple[Step, ...] | None = None, version: Version | None = None
    ) -> Sequence | None:
        present = self.rows.get(sequence.id)
        if (present.revision if present else 0) != sequence.revision:
            return None
        self.rows[sequence.id] = replace(sequence, revision=sequence.revision + 1)
        if steps is not None:
            self.written[sequence.id] = steps
        if version is not None:
            self.versions[sequence.id, version.number] = version
        return self.rows[sequence.id]

    def lease(self, sequence_id: str, holder: str, now: str, until: str) -> bool:
        known, ends = self.leases.get(sequence_id, ("", ""))
        if known != holder and ends >= now:
            return False
        self.leases[sequence_id] = holder, until
        return True

    def release(self, sequence_id: str, holder: str) -> None:
        if self.leases.get(sequence_id, ("", ""))[0] == holder:
            del self.leases[sequence_id]

    def everything(self) -> Several[Sequence]:
        return list(self.rows.values())

    def page(self, limit: int, cursor: str | None) -> SequencePage:
        return SequencePage(self.everything()[:limit], None)

    def remove(self, sequence: Sequence) -> None:
        del self.rows[sequence.id]


@dataclass
class FakeSesOfSteps(FakeSes):
    """SES, which remembers which edition it sent to whom."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def _take(self, tagged: Tagged) -> Reply:
        reply = super()._take(tagged)
        if reply.answer is Answer.ACCEPTED:
            self.sent.append((tagged.tags["campaign"], tagged.letter.email))
        return reply


class FakeAlarm:
    """The `Alarm`: to the minute, as EventBridge Scheduler is."""

    def __init__(self, clock: FakeClock) -> None:
        self.set_for: set[tuple[datetime, str, str]] = set()
        self.ever: set[tuple[datetime, str, str]] = set()
        self.calls = 0
        self._clock = clock

    def set(self, sequence_id: str, moment: datetime) -> None:
        self.calls += 1
        self.set_for.add((self._minute(moment), sequence_id, ""))
        self.ever |= self.set_for

    def watch(self, sequence_id: str, moment: datetime) -> str:
        self.calls += 1
        self.set_for.add((self._minute(moment), sequence_id, f"watch {self.calls}"))
        return f"watch {self.calls}"

    def dismiss(self, watch: str) -> None:
        self.set_for = {key for key in self.set_for if key[2] != watch}

    def ringing(self) -> list[str]:
        """The sequences whose alarm goes off now, which then is gone."""
        now = {key for key in self.set_for if key[0] <= self._clock()}
        self.set_for -= now
        return sorted({sequence_id for _, sequence_id, _ in now})

    def _minute(self, moment: datetime) -> datetime:
        at = max(moment, self._clock() + timedelta(seconds=1)).astimezone(UTC)
        full = at.replace(second=0, microsecond=0)
        return full if full == at else full + MINUTE


class InTurn(Executor):
    """Does one thing after another."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*arguments, **named))
        return done

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **how: Any) -> Iterator[Any]:
        return iter([fn(*arguments) for arguments in zip(*iterables, strict=True)])


class SequenceWorld:
    """Everything that sequences consist of, with a clock that moves when told to.

    A run that dies is tried again, as Lambda does with what it was given without waiting for an answer, unless there
    are no `retries`.
    """

    def __init__(
        self,
        zone: tzinfo = UTC,
        rate: float = 100.0,
        faults: Faults | None = None,
        *,
        retries: bool = True,
    ) -> None:
        self.retries = retries
        self.clock = FakeClock()
        self.zone = zone
        self.editions = FakeEditions()
        self.sequences = FakeSequences()
        self.places = FakePlaces(self.editions)
        self.people = FakePeople([])
        self.ses = FakeSesOfSteps(self.clock)
        self.alarm = FakeAlarm(self.clock)
        self.started: list[str] = []
        self.metrics: list[str] = []
        self.account = Account(rate=rate, daily_quota=None, sent_today=0)
        self.faults = faults or Faults()
        self.crashes = 0
        self.changes = 0
        orders = Orders(compose, letter, FakePress(), FakeDrafts(), lambda _: _none(), None, self.clock)
        self.desk = SequenceDesk(
            *(self.sequences, self.places, self.editions, FakeFeedback(), orders, self, TOPICS, self.clock)
        )
        store, places, editions = (faulty(each, self.faults) for each in (self.sequences, self.places, self.editions))
        alarm, self._ses = faulty(self.alarm, self.faults), faulty(self.ses, self.faults)
        self.pace = Pace(editions, lambda: self.account, self.clock, self.clock.forward, promised=PROMISED_TO_STEPS)
        self.entrance = Entrance(store, places, alarm, self, zone, self.clock)
        look = StepLook(FakeLook(self.editions, self.people), store)
        self.sender = Sender(
            *(editions, look, letter, lambda person: False, self._ses, self.pace),
            *(Metrics("test", self.metrics.append), GRACE, QUOTA_RECHECK, self.clock, self.clock.forward),
        )
        self.runner = Runner(
            *(store, places, editions, self.sender, self.pace.batch_size, alarm, InTurn()),
            *(lambda template: None, zone, self.clock, self.clock.forward),
        )
        self.settlement = Settlement(self.editions, clock=self.clock)

    def start(self, sequence_id: str) -> None:
        """The `RunnerStarter`."""
        self.started.append(sequence_id)

    # What editors and people do

    def active(self, *waits: Mapping[str, Any], on: Any = None, **fields: Any) -> str:
        """An active sequence with a step for each of these waits."""
        asked = {"name": "Series", "trigger": on or {"on": "confirmed"}, "steps": steps(*waits), **fields}
        sequence_id = self.desk.create(asked).id
        self.desk.activate(sequence_id)
        return sequence_id

    def confirm(self, *emails: str, **fields: Any) -> None:
        self._change(*(self._person(email, Status.ACTIVE, "confirmed", **fields) for email in emails))

    def add(self, *emails: str, **fields: Any) -> None:
        self._change(*(self._person(email, Status.ACTIVE, "imported", **fields) for email in emails))

    def leave(self, email: str, status: Status = Status.UNSUBSCRIBED, *, told: bool = True) -> None:
        """Somebody is not on the list any more; the stream may tell of it too late."""
        gone = replace(self.people.by_email[email], status=status)
        self._change(gone, told=told)

    def edit_person(self, email: str, **fields: Any) -> None:
        self._change(replace(self.people.by_email[email], **fields))

    def erase(self, email: str) -> None:
        before = self.people.by_email.pop(email)
        self.tell(before, None, email)
        memory.forget(email, self.places, _NoTraces())

    def _person(self, email: str, status: Status, what: str, **fields: Any) -> Record:
        now = iso(self.clock())
        return Record(email, status, now, history=[{"at": now, "what": what}], **fields)

    def _change(self, *after: Any, told: bool = True) -> None:
        for person in after:
            before = self.people.by_email.get(person.email)
            self.people.by_email[person.email] = person
            if told:
                self.tell(before, person, person.email)

    def tell(self, before: Any, after: Any, email: str) -> None:
        """The stream tells of a change, until it is taken."""
        self.changes += 1
        change = PersonChange(str(self.changes), self.changes, iso(self.clock()), email, before, after)
        while True:
            try:
                self.entrance.take([change])
                return
            except Crash:
                self.crashes += 1

    # Time

    def tick(self) -> None:
        """Run whatever was started or rings now, and let events come in."""
        waking, self.started = {*self.started, *self.alarm.ringing()}, []
        for sequence_id in sorted(waking):
            try:
                if self.runner.run(sequence_id, lambda: True, f"run of {sequence_id}", RUN_SECONDS):
                    self.start(sequence_id)
            except Crash:
                self.crashes += 1
                if self.retries:
                    self.start(sequence_id)
        events = list(self.ses.events)
        self.ses.events.clear()
        for event in events:
            self.settlement.note([event])

    def forward(self, seconds: float = 0.0, **span: float) -> None:
        """Let time pass, from one alarm to the next."""
        until = self.clock() + timedelta(seconds=seconds, **span)
        self.tick()
        while True:
            while self.started:
                self.tick()
            following = min((key[0] for key in self.alarm.set_for), default=until)
            if following > until:
                break
            self.clock.now = max(self.clock.now, following)
            self.tick()
            if not self.alarm.set_for and not self.started:
                break
        self.clock.now = max(self.clock.now, until)
        self.tick()

    # What came of it

    def mails(self, email: str) -> list[str]:
        """What somebody was sent, in order: subjects of letters."""
        return [self.editions.campaigns[edition].subject for edition, to in self.ses.sent if to == email]

    def group(self, sequence_id: str, email: str) -> Group:
        return self.places.places[sequence_id, email].group

    def assert_sums_agree(self, sequence_id: str) -> None:
        """The counters are what a recount of the places gives, and everybody who entered is somewhere."""
        counts = self.desk.show(self.sequences.rows[sequence_id])["counts"]
        there = Counter(place.group for (of, _), place in self.places.places.items() if of == sequence_id)
        assert {group: counts[group.value] for group in Group} == {group: there[group] for group in Group}
        assert counts["entered"] == sum(there.values())


class _NoTraces:
    """The `Traces`, which are looked at elsewhere."""

    def erase(self, campaign_id: str, first: int, last: int, email: str) -> None: ...


def steps(*waits: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Steps with these waits, whose letters are numbered from 1."""
    found = []
    for number, wait in enumerate(waits, 1):
        spans = {name: amount for name, amount in wait.items() if name != "at"}
        at = {"at": wait["at"]} if "at" in wait else {}
        found.append({"wait": spans, **at, "letter": {"subject": f"Step {number}", "body": "Hello."}})
    return found


def _none() -> Any:
    raise AssertionError("no segment is looked up")
