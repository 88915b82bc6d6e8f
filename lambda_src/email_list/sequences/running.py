"""Running: the due people of a sequence, from the index to SES and on to their next step.

Each step of each person is an entry of a batch, claimed before SES is called, and settled by SES's events if its answer
is lost: all of that is a campaign's (`email_list.campaigns.sending`). What is added here is where batches come from,
and what follows when they are done.

Nothing runs unless somebody is due. What writes that a place is due sets the alarm for that minute first. A run that
finds work sets a second one for the case that it dies; what must be looked at again later gets one as well.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Sequence as Several
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Campaign, Reason, template_of
from email_list.campaigns.campaign import Status as Running
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch, State
from email_list.campaigns.sending import Again, LastLook, Sender
from email_list.campaigns.store import Move
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.people.subscribers import Subscriber
from email_list.sequences.places import Change, Group, Place, PlaceStore
from email_list.sequences.sequence import FrozenStep, Sequence, Status, Version
from email_list.sequences.store import Alarm, Editions, SequenceStore
from email_list.sequences.timing import due

PATIENCE = 5.0
"""Seconds that a batch waits for its turn before it is put off: with the 25 that it then needs at most, no longer than
a run may begin something before its end (`invocations.RESERVE_MILLISECONDS`)."""

SOON = 5.0
"""Seconds for which a run waits to look at a batch again; for longer, it leaves it to a later one."""

SHORTEST_REST = 1.0
"""Seconds after which a batch is looked at again at the earliest, so that no run spins."""

MARGIN = timedelta(seconds=5)
"""For clocks that differ."""

MAX_SAVES = 10

logger = logging.getLogger(__name__)


class SequenceGoneError(LookupError):
    """A version or an edition of a sequence is not there."""


@dataclass(frozen=True)
class _Job:
    """A batch of an edition."""

    edition: str
    number: int


@dataclass
class _Run:
    """One run over one sequence: what it knows, when to look again, at which batches not before when, and how many
    people have moved on. It is over at `lasts`, and `watch` names the alarm by which another run then sees whether this
    one died."""

    sequence: Sequence
    has_time: Callable[[], bool]
    lasts: datetime
    editions: dict[str, Campaign | None] = field(default_factory=dict)
    versions: dict[int, Version] = field(default_factory=dict)
    later: set[datetime] = field(default_factory=set)
    rests: dict[_Job, datetime] = field(default_factory=dict)
    moved: int = 0
    watch: str | None = None


class Runner:
    """Sends what is due. One run works on a sequence at a time; if two do after all, it does no harm.

    `sender` sends the editions' batches, of `batch_size()` people each, and `threads` several of them at once.
    `discard` removes a letter from SES. `zone` is the list's.
    """

    def __init__(
        self,
        store: SequenceStore,
        places: PlaceStore,
        editions: Editions,
        sender: Sender,
        batch_size: Callable[[], int],
        alarm: Alarm,
        threads: Executor,
        discard: Callable[[str], None],
        zone: tzinfo,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._places = places
        self._editions = editions
        self._sender = sender
        self._batch_size = batch_size
        self._alarm = alarm
        self._threads = threads
        self._discard = discard
        self._zone = zone
        self._clock = clock
        self._sleep = sleep

    def run(self, sequence_id: str, has_time: Callable[[], bool], holder: str, seconds: float) -> bool:
        """Send what is due; returns whether a fresh run must go on at once. An error of one batch does not hold up the
        others; it is raised at the end, and what is left is found again.

        The run is over in so many `seconds`, and works alone until then: people who enter by the thousand start as many
        runs, and each would take one of the account's concurrent invocations from everybody else. `holder` names it,
        and is the same when a run that died is tried again.
        """
        lasts = self._clock() + timedelta(seconds=seconds) + MARGIN
        sequence = self._store.get(sequence_id)
        if sequence is None:
            return False
        if sequence.status is Status.DELETED:
            return not self._clear(sequence, has_time, lasts)
        if sequence.status is not Status.ACTIVE:
            return False
        if not self._store.lease(sequence_id, holder, self._now(), iso(lasts)):
            # It sees what is due as well; if it is dead, somebody must look after it.
            self._alarm.set(sequence_id, lasts)
            return False
        run = _Run(sequence, has_time, lasts)
        try:
            more = self._work(run)
        except Exception:
            self._store.release(sequence_id, holder)
            raise
        for moment in sorted(run.later):
            self._alarm.set(sequence_id, moment)
        # Anyone who dies before this line, or fails, is watched.
        if run.watch and not more:
            self._alarm.dismiss(run.watch)
        self._store.release(sequence_id, holder)
        return more

    def _work(self, run: _Run) -> bool:
        """Go through the due places until none is left for now; returns whether time was up before."""
        while True:
            moved = run.moved
            run.later.clear()
            for emails in self._places.due(run.sequence.id, self._now()):
                if not run.has_time():
                    return True
                if not self._still_active(run):
                    return False
                self._take(run, emails)
            if run.moved == moved and not self._rest(run):
                return False

    def _rest(self, run: _Run) -> bool:
        """Wait for what is to be looked at soon; False if nothing is."""
        seconds = (min(run.later, default=datetime.max.replace(tzinfo=UTC)) - self._clock()).total_seconds()
        if seconds > SOON:
            return False
        self._sleep(max(0.0, seconds))
        return True

    def _still_active(self, run: _Run) -> bool:
        current = self._store.get(run.sequence.id)
        if current is None or current.status is not Status.ACTIVE:
            return False
        run.sequence = current
        return True

    def _take(self, run: _Run, emails: Several[str]) -> None:
        """Send to these people what is due to them."""
        self._have_watched(run)
        known = self._places.get(run.sequence.id, emails)
        places = [known[email] for email in emails if email in known and self._is_due(known[email])]
        jobs = [_Job(self._step(run, place).edition, place.batch) for place in places if place.batch]
        waiting: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            if not place.batch:
                waiting[self._step(run, place).edition].append(place)
        for edition, people in waiting.items():
            if self._may_send(run, edition):
                jobs += self._plan(edition, people)
        jobs = [job for job in dict.fromkeys(jobs) if self._may_send(run, job.edition) and self._has_rested(run, job)]
        failures = [error for error in self._threads.map(lambda job: self._attempt(run, job), jobs) if error]
        if failures:
            raise failures[0]

    def _have_watched(self, run: _Run) -> None:
        if run.watch is None:
            run.watch = self._alarm.watch(run.sequence.id, run.lasts)

    def _has_rested(self, run: _Run, job: _Job) -> bool:
        until = run.rests.get(job)
        if until is None or until <= self._clock():
            return True
        run.later.add(until)
        return False

    def _is_due(self, place: Place) -> bool:
        return place.group is Group.INSIDE and place.at <= self._now()

    def _step(self, run: _Run, place: Place) -> FrozenStep:
        return self._version(run, place.version).steps[place.step]

    def _version(self, run: _Run, number: int) -> Version:
        if number not in run.versions:
            version = self._store.version(run.sequence.id, number)
            if version is None:
                raise SequenceGoneError(f"version {number} of sequence {run.sequence.id} is gone")
            run.versions[number] = version
        return run.versions[number]

    # Editions

    def _may_send(self, run: _Run, edition: str) -> bool:
        """Whether an edition is sent at the moment. One that reached the daily quota goes on when its rest is over; one
        that was stopped stops the sequence."""
        if edition not in run.editions:
            run.editions[edition] = self._woken(self._editions.get(edition))
        campaign = run.editions[edition]
        if campaign is None:
            raise SequenceGoneError(f"edition {edition} of sequence {run.sequence.id} is gone")
        if campaign.status is Running.SENDING:
            return True
        if campaign.resume_at:
            run.later.add(from_iso(campaign.resume_at))
        else:
            self._stop(run, campaign.reason)
        return False

    def _woken(self, campaign: Campaign | None) -> Campaign | None:
        if campaign is None or not campaign.resume_at or campaign.resume_at > self._now():
            return campaign
        return self._editions.move(campaign.id, {Running.PAUSED}, Move(Running.SENDING, self._now())) or campaign

    def _stop(self, run: _Run, reason: Reason | None) -> None:
        """Pause the whole sequence, as one of its letters was stopped."""
        for _ in range(MAX_SAVES):
            current = self._store.get(run.sequence.id)
            if current is None or current.status is not Status.ACTIVE:
                return
            paused = replace(current, status=Status.PAUSED, reason=reason, updated_at=self._now())
            if self._store.save(paused):
                logger.error("sequence paused", extra={"sequence": current.id, "reason": reason and reason.code.value})
                return

    # Batches

    def _plan(self, edition: str, people: Several[Place]) -> Iterator[_Job]:
        """Put people into batches of an edition."""
        size = self._batch_size()
        chunks = [people[start : start + size] for start in range(0, len(people), size)]
        first = self._editions.reserve(edition, len(chunks))
        for number, chunk in enumerate(chunks, first):
            planned = [(place, place.taken(edition, number, self._now())) for place in chunk]
            if self._places.plan(edition, planned):
                yield _Job(edition, number)

    def _attempt(self, run: _Run, job: _Job) -> Exception | None:
        if not run.has_time():
            return None
        try:
            self._send(run, job)
        except Exception as error:
            logger.exception("batch of a sequence failed", extra={"edition": job.edition, "batch": job.number})
            return error
        return None

    def _send(self, run: _Run, job: _Job) -> None:
        again = self._sender.send(job.edition, job.number, PATIENCE)
        _, planned, batch = self._editions.work(job.edition, job.number)
        if planned is not None and batch is not None and batch.state is State.DONE:
            run.moved += self._go_on(run, job, planned, batch)
        elif isinstance(again, Again):
            run.rests[job] = self._clock() + timedelta(seconds=max(SHORTEST_REST, again.seconds))
            run.later.add(run.rests[job])
        else:
            # The edition is not sent at the moment: why, is asked afresh.
            run.editions.pop(job.edition, None)
            self._may_send(run, job.edition)

    def _go_on(self, run: _Run, job: _Job, planned: PlannedBatch, batch: Batch) -> int:
        """Move the people of a batch that is done to their next step; returns how many."""
        changes: list[Change] = []
        known = self._places.get(run.sequence.id, planned.recipients)
        for position, email in enumerate(planned.recipients):
            place = known.get(email)
            if place is None or place.group is not Group.INSIDE or place.batch != job.number:
                continue
            if self._step(run, place).edition == job.edition:
                outcome, reason = Outcome(batch.outcomes[position]), batch.reasons.get(position, "")
                changes.append((place, self._next(run, place, outcome, reason)))
        moments = {from_iso(after.at) for _, after in changes if after.group is Group.INSIDE}
        for moment in sorted(moments):
            self._alarm.set(run.sequence.id, moment)
        self._places.move(changes)
        return len(changes)

    def _next(self, run: _Run, place: Place, outcome: Outcome, reason: str) -> Place:
        """Where somebody is after a step. Those who were left out at the last look have left: they are not on the list
        any more, or the exit's filter chose them."""
        now = self._now()
        if outcome is Outcome.SKIPPED:
            return place.over(Group.LEFT, now, reason)
        steps = self._version(run, place.version).steps
        if place.step + 1 == len(steps):
            return place.over(Group.FINISHED, now)
        following = steps[place.step + 1]
        return place.going_on(following.line, iso(due(following.wait, now, self._zone)))

    # Deleted sequences

    def _clear(self, sequence: Sequence, has_time: Callable[[], bool], lasts: datetime) -> bool:
        """Give up the places of a deleted sequence, then its letters, and then the rest of it."""
        watch = self._alarm.watch(sequence.id, lasts)
        if not self._places.clear(sequence.id, has_time):
            return False
        for edition in sequence.editions:
            self._discard(template_of(edition))
            self._editions.forget(edition)
        self._store.remove(sequence)
        self._alarm.dismiss(watch)
        return True

    def _now(self) -> str:
        return iso(self._clock())


class StepLook:
    """The last look before a batch of an edition is sent: whether its sequence runs, and who of its recipients is
    still meant. Those whom the exit's filter chooses are in no audience."""

    def __init__(self, look: LastLook, store: SequenceStore) -> None:
        self._look = look
        self._store = store

    def at(self, campaign_id: str, emails: Several[str]) -> tuple[Campaign | None, Mapping[str, Subscriber]]:
        """The edition, unless its sequence rests, and those of these people who are on the list with any status."""
        campaign, found = self._look.at(campaign_id, emails)
        sequence = self._store.get(campaign.sequence) if campaign else None
        if campaign is None or sequence is None or sequence.status is not Status.ACTIVE:
            return None, {}
        if sequence.exit is None:
            return campaign, found
        return replace(campaign, audience=Audience(filter={"not": sequence.exit.tree})), found
