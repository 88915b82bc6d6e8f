"""A small world for campaigns: everything in memory, time that moves when told to, and faults on demand."""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from email_list.campaigns.agenda import Agenda
from email_list.campaigns.campaign import EDITABLE, FINAL, Campaign, Gate, Plan, Position, Status, Tally
from email_list.campaigns.desk import Desk
from email_list.campaigns.editing import Editor
from email_list.campaigns.handover import Handover
from email_list.campaigns.ledger import Batch, PlannedBatch, changes
from email_list.campaigns.letters import Letter
from email_list.campaigns.line import Line, Moved
from email_list.campaigns.orders import Orders
from email_list.campaigns.pace import Account, Pace
from email_list.campaigns.planning import Planner, WalkPage
from email_list.campaigns.saved_drafts import DraftPage, SavedDraft
from email_list.campaigns.sending import Again, Answer, Reply, Sender, Tagged
from email_list.campaigns.settlement import EventKind, MailEvent, Settlement
from email_list.campaigns.store import Move
from email_list.campaigns.sweeping import Sweeper
from email_list.campaigns.warm_up import Curve, Used, WarmUp
from email_list.clock import iso
from email_list.errors import InvalidError
from email_list.mail.letters import Content
from email_list.mail.warnings import Composed, LetterWarning
from email_list.metrics import Metrics
from email_list.people.filters import Reach
from email_list.people.segments import Segment, SegmentPage, Segments
from email_list.people.subscribers import Status as SubscriberStatus
from email_list.people.subscribers import Subscriber
from tests.unit.domain.feedback_world import FakeFeedback

GRACE = timedelta(seconds=60)
QUOTA_RECHECK = timedelta(minutes=10)
STILL = timedelta(minutes=2)
LATENESS = timedelta(hours=1)
VISIBILITY = 60.0
NEVER: Callable[[], bool] = lambda: False  # noqa: E731


class Crash(BaseException):
    """The function was killed."""


class FakeClock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class FakeStore:
    """The `CampaignStore`, `LineStore` and `WarmUpStore`, in dictionaries."""

    def __init__(self) -> None:
        self.campaigns: dict[str, Campaign] = {}
        self.letters: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.of_letters: dict[tuple[str, str], list[str]] = {}
        self.marks: set[str] = set()
        self.sweeps: dict[str, int] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.plans: dict[tuple[str, int], PlannedBatch] = {}
        self.states: dict[tuple[str, int], Batch] = {}
        self.tallies: dict[str, Tally] = {}
        self.events: dict[str, str] = {}
        self.warmth = Used()
        self.row = Line()
        self.writes = 0

    def expect(self, campaign_id: str) -> None:
        self.marks.add(campaign_id)

    def create(self, campaign: Campaign) -> bool:
        self.expect(campaign.id)
        if campaign.id in self.campaigns:
            return False
        self.campaigns[campaign.id] = campaign
        return True

    def get(self, campaign_id: str) -> Campaign | None:
        return self.campaigns.get(campaign_id)

    def newest(self, limit: int, before: str | None) -> Sequence[Campaign]:
        ids = sorted((one for one in self.campaigns if before is None or one < before), reverse=True)
        return [self.campaigns[one] for one in ids[:limit]]

    def keep_letter(self, campaign_id: str, letter: Mapping[str, Any], links: Sequence[str] = ()) -> Mapping[str, Any]:
        if (campaign_id, "") not in self.letters:
            self.letters[campaign_id, ""], self.of_letters[campaign_id, ""] = letter, list(links)
        return self.letters[campaign_id, ""]

    def letter(self, campaign: Campaign) -> Mapping[str, Any] | None:
        return self.letters.get((campaign.id, campaign.edition))

    def links(self, campaign_id: str) -> Sequence[str]:
        campaign = self.campaigns.get(campaign_id)
        return self.of_letters.get((campaign_id, campaign.edition), ()) if campaign else ()

    def edit(
        self, before: Campaign, after: Campaign, letter: Mapping[str, Any] | None, links: Sequence[str] = ()
    ) -> Campaign | None:
        present = self.campaigns[before.id]
        if present.status not in EDITABLE or present.cutoff is not None or present.edits != before.edits:
            return None
        if letter is not None:
            self.letters.pop((before.id, before.edition), None)
            self.letters[before.id, after.edition] = letter
            self.of_letters[before.id, after.edition] = list(links)
        names = ("subject", "audience", "variables", "defaults", "schedule_at", "updated_at", "edits", "edition")
        names += ("title", "summary")
        edited = replace(present, **{name: getattr(after, name) for name in names})
        self.campaigns[before.id] = edited
        return edited

    def archive(self, campaign_id: str, archived: bool) -> Campaign | None:
        campaign = self.campaigns[campaign_id]
        if campaign.status not in FINAL:
            return None
        self.campaigns[campaign_id] = replace(campaign, archived=archived)
        return self.campaigns[campaign_id]

    def publish(self, campaign: Campaign, public: bool) -> Campaign | None:
        stored = self.campaigns[campaign.id]
        if stored.edits != campaign.edits:
            return None
        self.campaigns[campaign.id] = replace(stored, public=public, title=campaign.title, summary=campaign.summary)
        return self.campaigns[campaign.id]

    def unfinished(self) -> Sequence[str]:
        return sorted(self.marks)

    def forget_unfinished(self, campaign_id: str) -> None:
        self.marks.discard(campaign_id)

    def swept_to(self, campaign_id: str) -> int:
        return self.sweeps.get(campaign_id, 1)

    def note_swept(self, campaign_id: str, row: int) -> None:
        self.sweeps[campaign_id] = row

    def key(self, key: str) -> tuple[str, str] | None:
        return self.keys.get(key)

    def remember_key(self, key: str, campaign_id: str, fingerprint: str) -> tuple[str, str]:
        return self.keys.setdefault(key, (campaign_id, fingerprint))

    def move(self, campaign_id: str, sources: Iterable[Status], move: Move) -> Campaign | None:
        campaign = self.campaigns.get(campaign_id)
        if campaign is None or campaign.status not in sources or move.edits not in (None, campaign.edits):
            return None
        moved = replace(campaign, status=move.to, updated_at=move.at, reason=move.reason, resume_at=move.resume_at)
        if move.to in FINAL:
            moved = replace(moved, finished_at=move.at)
        self.campaigns[campaign_id] = moved
        return moved

    def freeze(self, campaign_id: str, cutoff: str, batch_size: int) -> Campaign:
        campaign = self.campaigns[campaign_id]
        if campaign.cutoff is None:
            campaign = replace(campaign, cutoff=cutoff, batch_size=batch_size, updated_at=cutoff)
            self.campaigns[campaign_id] = campaign
        return campaign

    def planned(self, campaign_id: str, plan: Plan, at: str) -> Campaign:
        campaign = self.campaigns[campaign_id]
        if campaign.plan.rows < plan.rows:
            campaign = replace(campaign, plan=plan, updated_at=at)
            self.campaigns[campaign_id] = campaign
        return campaign

    def open_gate(self, campaign_id: str, gate: Gate) -> Campaign:
        self.campaigns[campaign_id] = replace(self.campaigns[campaign_id], gate=gate)
        return self.campaigns[campaign_id]

    def used(self) -> Used:
        return self.warmth

    def use(self, before: Used, after: Used) -> bool:
        unchanged = self.warmth == before
        self.warmth = after if unchanged else self.warmth
        return unchanged

    def add_plan_rows(self, campaign_id: str, rows: Sequence[PlannedBatch]) -> Sequence[PlannedBatch]:
        there: list[PlannedBatch] = []
        for row in rows:
            there.append(self.plans.setdefault((campaign_id, row.number), row))
            if there[-1] != row:
                break
        return there

    def plan_rows(self, campaign_id: str, first: int, last: int) -> Sequence[PlannedBatch]:
        found = (self.plans.get((campaign_id, number)) for number in range(first, last + 1))
        return [row for row in found if row is not None]

    def batch(self, campaign_id: str, number: int) -> Batch | None:
        return self.states.get((campaign_id, number))

    def batches(self, campaign_id: str, numbers: Iterable[int]) -> Mapping[int, Batch]:
        found = {number: self.states.get((campaign_id, number)) for number in numbers}
        return {number: batch for number, batch in found.items() if batch is not None}

    def work(self, campaign_id: str, number: int) -> tuple[Campaign | None, PlannedBatch | None, Batch | None]:
        key = (campaign_id, number)
        return self.campaigns.get(campaign_id), self.plans.get(key), self.states.get(key)

    def save(
        self, campaign_id: str, before: Batch, after: Batch, at: str, *, accepted_at: str | None = None
    ) -> Batch | None:
        key = (campaign_id, after.number)
        present = self.states[key].revision if key in self.states else 0
        saved = replace(after, revision=before.revision + 1)
        if present != before.revision:
            return saved if self.states.get(key) == saved else None
        self.states[key] = saved
        difference = changes(before, after)
        if difference or accepted_at:
            tally = self.tallies.get(campaign_id, Tally())
            sums = {name: getattr(tally, name) + amount for name, amount in difference.items()}
            tally = replace(tally, **sums, updated_at=at)
            self.tallies[campaign_id] = replace(tally, accepted_at=accepted_at) if accepted_at else tally
        return saved

    def tally(self, campaign_id: str) -> Tally:
        return self.tallies.get(campaign_id, Tally())

    def note_events(self, campaign_id: str, until: str) -> None:
        self.events[campaign_id] = max(until, self.events.get(campaign_id, ""))

    def events_noted_until(self, campaign_id: str) -> str | None:
        return self.events.get(campaign_id)

    def line(self) -> Line:
        return self.row

    def advance(self, seconds: float, earliest: float, latest: float) -> Moved:
        moves = earliest <= self.row.free_at <= latest
        if moves:
            self.row = replace(self.row, free_at=self.row.free_at + seconds)
        return moves, self.row

    def restart(self, earliest: float, seconds: float) -> Moved:
        moves = self.row.free_at < earliest
        if moves:
            self.row = replace(self.row, free_at=earliest + seconds)
        return moves, self.row

    def note_account(self, rate: float, room: float | None, at: float) -> Line:
        self.row = replace(self.row, rate=rate, room=room, rate_read_at=at)
        return self.row

    def note_refusal(self, refusals: int, at: float, singles_until: float) -> Line:
        self.row = replace(self.row, bulk_refusals=refusals, bulk_refused_at=at, singles_until=singles_until)
        return self.row


class FakePeople:
    """The list, as a walk and a last look see it."""

    def __init__(self, people: Iterable[Subscriber], page: int = 7) -> None:
        self.by_email = {person.email: person for person in people}
        self._page = page

    def walk(self, after: Position | None, cutoff: str, reads: frozenset[str]) -> WalkPage:
        start = (after.subscribed_date, after.email) if after else ("", "")
        ahead = sorted(
            (person for person in self.by_email.values() if person.status is SubscriberStatus.ACTIVE),
            key=lambda person: (person.subscribed_date, person.email),
        )
        following = [
            person
            for person in ahead
            if start < (person.subscribed_date, person.email) and person.subscribed_date <= cutoff
        ]
        return WalkPage(following[: self._page], len(following) > self._page)

    def find(self, emails: Iterable[str]) -> dict[str, Subscriber]:
        return {email: self.by_email[email] for email in emails if email in self.by_email}

    def change(self, email: str, **changed: Any) -> None:
        self.by_email[email] = replace(self.by_email[email], **changed)


class FakeLook:
    """The `LastLook`, over a store and the people."""

    def __init__(self, store: FakeStore, people: Any) -> None:
        self._store = store
        self._people = people

    def at(self, campaign_id: str, emails: Sequence[str]) -> tuple[Campaign | None, Mapping[str, Subscriber]]:
        return self._store.get(campaign_id), self._people.find(emails)


@dataclass
class FakeQueue:
    """A queue whose messages come back when their worker dies."""

    clock: FakeClock
    messages: list[tuple[float, str, int]] = field(default_factory=list)

    def put(self, campaign_id: str, numbers: Sequence[int]) -> None:
        self.messages += [(self._now(), campaign_id, number) for number in numbers]

    def put_later(self, campaign_id: str, number: int, seconds: float) -> None:
        self.messages.append((self._now() + seconds, campaign_id, number))

    def is_idle(self) -> bool:
        return not self.messages

    def take(self) -> tuple[str, int] | None:
        """The next message that is due; it stays in the queue, out of sight, until it is deleted."""
        for index, (due, campaign_id, number) in enumerate(self.messages):
            if due <= self._now():
                self.messages[index] = (self._now() + VISIBILITY, campaign_id, number)
                return campaign_id, number
        return None

    def delete(self, campaign_id: str, number: int) -> None:
        for message in self.messages:
            if message[1:] == (campaign_id, number) and message[0] > self._now():
                self.messages.remove(message)
                return

    def _now(self) -> float:
        return self.clock().timestamp()


@dataclass
class FakeSes:
    """SES as `sending` sees it. `answers` gives the reply to a letter; those not accepted are not mailed."""

    clock: FakeClock
    mails: list[str] = field(default_factory=list)
    events: deque[MailEvent] = field(default_factory=deque)
    calls: list[int] = field(default_factory=list)
    one_by_one: list[bool] = field(default_factory=list)
    moments: list[tuple[float, int]] = field(default_factory=list)
    answers: Callable[[Tagged], Reply] = lambda tagged: Reply(Answer.ACCEPTED)
    lose_next: int = 0
    lost_before: int = 0
    lose_events: bool = False
    during_call: Callable[[], None] = lambda: None

    def send(self, template: str, letters: Sequence[Tagged], *, one_by_one: bool) -> Sequence[Reply]:
        self.calls.append(len(letters))
        self.one_by_one.append(one_by_one)
        self.moments.append((self.clock().timestamp(), len(letters)))
        if self.lost_before:
            self.lost_before -= 1
            return [Reply(Answer.UNCERTAIN)] * len(letters)
        replies = [self._take(tagged) for tagged in letters]
        self.during_call()
        if self.lose_next:
            self.lose_next -= 1
            return [Reply(Answer.UNCERTAIN)] * len(letters)
        return replies

    def _take(self, tagged: Tagged) -> Reply:
        reply = self.answers(tagged)
        if reply.answer is Answer.ACCEPTED:
            self.mails.append(tagged.letter.email)
            if not self.lose_events:
                self.events.append(send_event(tagged, iso(self.clock())))
        return reply


def send_event(tagged: Tagged, at: str) -> MailEvent:
    tags = tagged.tags
    place = tags["campaign"], int(tags["batch"]), int(tags["recipient"])
    return MailEvent(EventKind.SEND, *place, at, tracked="tracked" in tags)


class FakePress:
    """Templates, by name."""

    def __init__(self) -> None:
        self.templates: dict[str, Content] = {}

    def store(self, template: str, content: Content) -> None:
        self.templates.setdefault(template, content)

    def discard(self, template: str) -> None:
        self.templates.pop(template, None)

    def check(self, template: str, letter: Letter) -> None:
        if "unrenderable" in self.templates[template].html:
            raise InvalidError("SES cannot render this content.")


class FakeSegments:
    """The `SegmentStore`, in a dictionary."""

    def __init__(self) -> None:
        self.by_id: dict[str, Segment] = {}

    def get(self, segment_id: str) -> Segment | None:
        return self.by_id.get(segment_id)

    def create(self, segment: Segment) -> None:
        self.by_id[segment.id] = segment

    def replace(self, segment: Segment) -> bool:
        known = segment.id in self.by_id
        if known:
            self.by_id[segment.id] = segment
        return known

    def delete(self, segment_id: str) -> bool:
        return self.by_id.pop(segment_id, None) is not None

    def page(self, limit: int, cursor: str | None) -> SegmentPage:
        return SegmentPage(list(self.by_id.values())[:limit], None)


class FakeSchedule:
    def __init__(self) -> None:
        self.moments: dict[str, datetime] = {}

    def set(self, campaign_id: str, moment: datetime) -> None:
        self.moments[campaign_id] = moment

    def remove(self, campaign_id: str) -> None:
        self.moments.pop(campaign_id, None)


class FakeDrafts:
    """Drafts, by id."""

    def __init__(self) -> None:
        self.drafts: dict[str, SavedDraft] = {}

    def get(self, draft_id: str) -> SavedDraft | None:
        return self.drafts.get(draft_id)

    def put(self, draft: SavedDraft) -> bool:
        current = self.drafts.get(draft.id)
        if draft.version != (current.version if current else 0) + 1:
            return False
        self.drafts[draft.id] = draft
        return True

    def delete(self, draft: SavedDraft) -> bool:
        if draft.id not in self.drafts or self.drafts[draft.id].version != draft.version:
            return False
        del self.drafts[draft.id]
        return True

    def page(self, limit: int, cursor: str | None) -> DraftPage:
        return DraftPage(list(self.drafts.values())[:limit], None)


class FakeStarter:
    """Invocations of the planner that wait to be run."""

    def __init__(self) -> None:
        self.invocations: deque[tuple[str, int | None]] = deque()

    def start(self, campaign_id: str, *, again_from: int | None = None) -> None:
        self.invocations.append((campaign_id, again_from))


def faulty(inner: Any, faults: "Faults") -> Any:
    """A collaborator of which a call crashes: the nth of all calls, before or after its effect."""
    return _Faulty(inner, faults)


class _Faulty:
    def __init__(self, inner: Any, faults: "Faults") -> None:
        self._inner = inner
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._inner, name)
        if not callable(attribute):
            return attribute

        def call(*arguments: Any, **named: Any) -> Any:
            number = self._faults.count()
            self._faults.strike(number, "before", name)
            answer = attribute(*arguments, **named)
            self._faults.strike(number, "after", name)
            return answer

        return call


@dataclass
class Faults:
    """Which call crashes. `calls` counts them all."""

    at: int | None = None
    moment: str = "before"
    calls: int = 0
    struck: str = ""

    def count(self) -> int:
        self.calls += 1
        return self.calls

    def strike(self, number: int, moment: str, name: str) -> None:
        if number == self.at and moment == self.moment:
            self.struck = name
            raise Crash(f"{moment} call {number}, {name}")


def people(count: int, **fields: Any) -> list[Subscriber]:
    """Active subscribers, who joined one after another."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Subscriber(
            email=f"person{number:05d}@example.com",
            status=SubscriberStatus.ACTIVE,
            subscribed_date=iso(start + timedelta(minutes=number)),
            **fields,
        )
        for number in range(count)
    ]


class World:
    """The whole engine, with workers that are run one step after another until nothing is left to do."""

    def __init__(
        self,
        persons: Iterable[Subscriber] = (),
        rate: float = 100.0,
        daily_quota: float | None = None,
        faults: Faults | None = None,
        batch_size: int = 10,
        seed: int = 1,
        curve: Curve | None = None,
        page: int = 7,
    ) -> None:
        self.clock = FakeClock()
        self.store = FakeStore()
        self.people = FakePeople(persons, page)
        self.queue = FakeQueue(self.clock)
        self.ses = FakeSes(self.clock)
        self.press = FakePress()
        self.schedule = FakeSchedule()
        self.starter = FakeStarter()
        self.account = Account(rate=rate, daily_quota=daily_quota, sent_today=0)
        self.metrics: list[str] = []
        self.random = random.Random(seed)
        self.faults = faults or Faults()
        store, queue = faulty(self.store, self.faults), faulty(self.queue, self.faults)
        starter = faulty(self.starter, self.faults)
        self.pace = Pace(store, lambda: self.account, clock=self.clock, sleep=self.clock.forward)
        rate_now = self.pace.rate
        self.feedback = FakeFeedback()
        self.segments = Segments(FakeSegments(), self.clock)
        self.reached: dict[tuple[Reach, str], set[str]] = {}
        self.drafts = FakeDrafts()
        orders = Orders(compose, letter, self.press, self.drafts, self.segments.filter, None, self.clock)
        agenda = Agenda(self.schedule, self.starter, self.clock)
        self.desk = Desk(self.store, self.feedback, orders, agenda, self.starter, rate_now, None, self.clock)
        self.editor = Editor(self.store, orders, self.drafts, agenda, self.clock)
        walk = faulty(self.people, self.faults)
        self.warm_up = WarmUp(curve, store, self.clock) if curve else None
        self.handover = Handover(store, queue, GRACE, self.clock, self.warm_up)
        release = self.handover.release if curve else None
        self.planner = Planner(store, walk, self.find_reached, queue, lambda: batch_size, LATENESS, self.clock, release)
        self.sender = Sender(
            store,
            faulty(FakeLook(self.store, self.people), self.faults),
            letter,
            lambda person: person.tracked,
            faulty(self.ses, self.faults),
            self.pace,
            Metrics("test", self.metrics.append),
            GRACE,
            QUOTA_RECHECK,
            clock=self.clock,
            sleep=self.clock.forward,
            warm_up=self.warm_up,
        )
        self.settlement = Settlement(store, clock=self.clock)
        press = faulty(self.press, self.faults)
        self.sweeper = Sweeper(
            store, queue, self.handover, starter, lambda: self.account, press, STILL, clock=self.clock
        )
        self.worker_queue = queue
        self.crashes = 0

    def find_reached(self, reach: Reach, campaign_id: str) -> set[str]:
        return self.reached.get((reach, campaign_id), set())

    def create(self, **request: Any) -> str:
        """A campaign to everybody, unless the request says otherwise; its id."""
        return self.desk.create({"subject": "News", "body": "Hello.", **request}).campaign.id

    def status(self, campaign_id: str) -> Status:
        return self.store.campaigns[campaign_id].status

    def plan(self, out_of_time: Callable[[], bool] = NEVER) -> None:
        """Run the planner's invocations that wait, as `plan_campaign` does."""
        while self.starter.invocations:
            campaign_id, again_from = self.starter.invocations.popleft()
            if again_from is not None:
                self.handover.run(campaign_id, again_from, out_of_time)
            if self.planner.plan(campaign_id, out_of_time):
                self.starter.start(campaign_id)

    def work(self, patience: float = 10.0) -> bool:
        """Send one batch from the queue, as `send_batch` does; False when none is due."""
        message = self.queue.take()
        if message is None:
            return False
        again = self.sender.send(*message, patience)
        if isinstance(again, Again):
            self.worker_queue.put_later(*message, again.seconds)
        self.sender.finish(message[0])
        self.queue.delete(*message)
        return True

    def settle(self) -> None:
        """Note the events that have come, in any order."""
        arrived = list(self.ses.events)
        self.ses.events.clear()
        self.random.shuffle(arrived)
        for event in arrived:
            try:
                self.settlement.note([event])
            except Crash:
                self.crashes += 1
                self.ses.events.append(event)

    def run(self, campaign_id: str, steps: int = 400) -> None:
        """Let everything happen until the campaign is over or waits for a person; crashed functions stay dead."""
        for _ in range(steps):
            if self.status(campaign_id) in FINAL and not self.ses.events:
                return
            for act in (self.plan, self.work_all, self.settle, lambda: self.sweeper.sweep(NEVER)):
                try:
                    act()
                except Crash:
                    self.crashes += 1
            self.clock.forward(20)

    def work_all(self) -> None:
        while self.work():
            pass

    def mails(self) -> Counter[str]:
        return Counter(self.ses.mails)

    def assert_exactly_one_mail_each(self, campaign_id: str) -> None:
        """Everybody got one email, the campaign is sent, and its sums agree with the ledger."""
        assert self.status(campaign_id) is Status.SENT
        assert set(self.mails()) == set(self.people.by_email)
        assert set(self.mails().values()) <= {1}
        self.assert_sums_agree(campaign_id)

    def assert_sums_agree(self, campaign_id: str) -> None:
        """The tally is what a recount of the ledger gives, and so is the plan."""
        recount: Counter[str] = Counter()
        for (owner, _), batch in self.store.states.items():
            if owner == campaign_id:
                recount += Counter({outcome.name.lower(): n for outcome, n in batch.counts().items()})
                recount["tracked"] += batch.known_readers
        tally, plan = self.store.tally(campaign_id), self.store.campaigns[campaign_id].plan
        for name in ("sent", "failed", "skipped", "unknown", "tracked"):
            assert getattr(tally, name) == recount[name], name
        rows = [row for (owner, _), row in self.store.plans.items() if owner == campaign_id]
        assert plan.people == sum(len(row.recipients) for row in rows)
        if self.status(campaign_id) is Status.SENT:
            assert tally.people == plan.people


def compose(request: Any) -> Composed:
    if not request.get("body"):
        raise InvalidError("body is required.")
    warnings = [LetterWarning("nowhere", "#gone is not there.", "body", 1)] if "#gone" in request["body"] else []
    return Composed(request["subject"], Content(request["subject"], request["body"], request["body"]), warnings)


def letter(campaign: Campaign, person: Subscriber) -> Letter:
    return Letter(person.email, {"name": person.name}, {})
