"""The recount, which checks the counters and corrects those that are wrong.

It reads the whole table while people come and go and changes continue to be counted. It opens a *run*, in which every
counted change is also recorded; reads everybody; waits until the changes that it may have read are counted too; and
stops the counting for a moment. For people without such a record, no change was counted meanwhile and none is pending,
so they were read as they are counted. People with records are counted as the last one says. The sum is what the
counters must be.

It works in turns, so a list may have any size: what was seen of each part of the people is a file, and its progress is
a job. After a turn that fails, the next one continues from what is stored. Finally, the results of campaigns are
compared with what came back about each recipient, for as long as that is kept.
"""

import json
import logging
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from email_list.campaigns.campaign import Campaign
from email_list.campaigns.ledger import LEDGER_KEPT
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.figures.counting import Note
from email_list.figures.growth import DAYS, GONE, TOPICS, TOTALS, CounterName
from email_list.figures.seen import counted, packed
from email_list.people.jobs import Job, Jobs
from email_list.people.subscribers import Record

SETTLING_SECONDS, MAX_SETTLING = 60, 600
"""How long it takes at most until a change is counted, as long as nothing fails; operators may say otherwise."""

PART = 20_000
"""People whose counters make one file."""

STEP_SECONDS = 60.0
"""Longer than reading a part takes, or comparing one campaign."""

FILED_A_SECOND = 500_000
"""People in the files who are summed up while counting is stopped: less than a tenth of what was measured."""

LISTED = 1000
"""Corrections and busy campaigns that the answer lists."""

GIVEN_UP = timedelta(minutes=20)
"""A turn takes a quarter of an hour, and Lambda repeats a failed one after one minute, and once more after two."""

RUNNING, DONE, FAILED = "running", "done", "failed"
READING, SETTLING, CAMPAIGNS = "reading", "settling", "campaigns"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RecountJob(Job):
    """One recount. `rows` are the people who were read, and `parts` the files with what was seen of them.

    `position` is where reading continues, `read_at` the moment at which it ended, and `campaign` the last one compared.
    `corrections` is a JSON list, of which `corrected` is the true length.
    """

    KIND: ClassVar[str] = "RECOUNTS"

    run: str
    settling: int
    moved_at: str
    phase: str = READING
    position: str | None = None
    parts: Sequence[str] = ()
    read_at: str | None = None
    campaign: str | None = None
    corrections: str = "[]"
    corrected: int = 0
    busy: Sequence[str] = ()

    @property
    def is_over(self) -> bool:
        return self.status != RUNNING

    def shown(self) -> dict[str, Any]:
        """What operators see of it."""
        return {
            "id": self.id,
            "status": self.status,
            "people": self.rows,
            "corrections": json.loads(self.corrections),
            "corrected": self.corrected,
            "busy": list(self.busy),
        }


class Counters(Protocol):
    """Where counters are kept (`email_list.aws.counter_table`)."""

    def open_run(self) -> str:
        """Begin to record changes; ConflictError if another recount does so already."""
        ...

    def keep_run(self, run: str) -> None:
        """Keep it open for another turn; LookupError if the run is no longer this one's."""
        ...

    def stop_counting(self, run: str) -> None:
        """Refuse changes until `end_run`; LookupError if the run is no longer this one's."""
        ...

    def notes(self, run: str) -> Iterable[Note]:
        """The changes recorded in a run, in any order."""
        ...

    def read(self, book: str) -> Mapping[str, int]:
        """All counters whose names begin with `book`, by the second part of the name."""
        ...

    def correct(self, run: str, amounts: Mapping[CounterName, int]) -> None:
        """Set counters, while counting is stopped for this run."""
        ...

    def end_run(self, run: str) -> None: ...

    def source(self, name: str) -> str:
        """What a source is counted as."""
        ...


class Everyone(Protocol):
    """All people (`email_list.aws.everyone`)."""

    def page(self, after: str | None) -> tuple[Sequence[Record], str | None]:
        """Some people in no order, and where the next ones begin; None at the end."""
        ...


class Files(Protocol):
    """Where files are kept for a day (`email_list.aws.files`)."""

    def put(self, key: str, body: bytes) -> None: ...

    def chunks(self, key: str, offset: int) -> Iterator[bytes]: ...


class Campaigns(Protocol):
    """The campaigns there are."""

    def newest_first(self, before: str | None = None) -> Iterable[Campaign]:
        """All of them, or those older than one."""
        ...


class Feedback(Protocol):
    """What came back about each recipient (`email_list.aws.feedback_table`)."""

    def recount(self, campaign_id: str) -> Mapping[str, tuple[int, int]]:
        """Correct a campaign's results: what was counted and what is right, by name. ConflictError if they keep
        changing."""
        ...


@dataclass(frozen=True)
class Correction:
    """A counter that was wrong."""

    counter: CounterName
    counted: int
    right: int

    def to_json(self) -> dict[str, Any]:
        return {"counter": "/".join(self.counter), "counted": self.counted, "right": self.right}


@dataclass(frozen=True)
class Sources:
    """What a recount reads: the counters and the people they count, the campaigns and what came back about them."""

    counters: Counters
    everyone: Everyone
    campaigns: Campaigns
    feedback: Feedback


class Recount:
    """Compares every counter with what it counts, and corrects those that differ."""

    def __init__(
        self,
        sources: Sources,
        jobs: Jobs[RecountJob],
        files: Files,
        part: int = PART,
        clock: Clock = utc_now,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sources = sources
        self._counters = sources.counters
        self._jobs = jobs
        self._files = files
        self._part = part
        self._clock = clock
        self._wait = wait

    def begin(self, settling: object, seconds_left: Callable[[], float]) -> RecountJob:
        """The first turn of a recount, `settling` as an operator gives it. InvalidError for what it cannot be,
        ConflictError while another recount is running; after an error there is none."""
        seconds = _settling(settling)
        run, now = self._counters.open_run(), self._now()
        job = RecountJob(status=RUNNING, created_at=now, moved_at=now, run=run, settling=seconds)
        try:
            job = self._jobs.create(job)
            return self._turn(job, seconds_left)
        except BaseException:
            self._counters.end_run(run)
            raise

    def go_on(self, job_id: str, seconds_left: Callable[[], float]) -> RecountJob:
        """Another turn of a recount; nothing happens to one that is over. After an error the turn may be repeated."""
        job = self._get(job_id)
        if job.is_over:
            return job
        try:
            return self._turn(job, seconds_left)
        except LookupError:
            # It lost its run, so what it has seen of people no longer says anything.
            logger.exception("recount failed", extra={"recount": job_id})
            return self._advance(self._get(job_id), status=FAILED, finished_at=self._now())

    def progress(self, job_id: object) -> RecountJob:
        """A recount as it stands; also `failed` if it has made no progress for too long."""
        job = self._get(job_id if isinstance(job_id, str) else "")
        if not job.is_over and from_iso(job.moved_at) + GIVEN_UP < self._clock():
            return self._advance(job, status=FAILED, finished_at=self._now())
        return job

    def _get(self, job_id: str) -> RecountJob:
        job = self._jobs.get(job_id)
        if job is None:
            raise NotFoundError("There is no recount with this id.")
        return job

    def _turn(self, job: RecountJob, seconds_left: Callable[[], float]) -> RecountJob:
        while True:
            if job.phase == READING:
                job = self._read_on(job)
            elif job.phase == SETTLING:
                job = self._settle(job)
            else:
                job = self._compare_campaigns(job, lambda: seconds_left() > STEP_SECONDS)
            if job.is_over or seconds_left() <= self._seconds_of_a_step(job):
                return job

    def _seconds_of_a_step(self, job: RecountJob) -> float:
        if job.phase == SETTLING:
            return STEP_SECONDS + self._seconds_to_settle(job) + job.rows / FILED_A_SECOND
        return STEP_SECONDS

    def _read_on(self, job: RecountJob) -> RecountJob:
        """Read one part of the people."""
        self._counters.keep_run(job.run)
        people, position = list[Record](), job.position
        while len(people) < self._part:
            page, position = self._sources.everyone.page(position)
            people += page
            if position is None:
                break
        # Two workers at the same step have each read what they file; only one of the files is made part of the job.
        key = f"recounts/{job.id}/{job.rows:012}-{secrets.token_hex(4)}"
        self._files.put(key, packed(people, self._counters.source))
        over: dict[str, Any] = {} if position else {"phase": SETTLING, "read_at": self._now()}
        rows = job.rows + len(people)
        return self._advance(job, rows=rows, position=position, parts=[*job.parts, key], **over)

    def _settle(self, job: RecountJob) -> RecountJob:
        """Wait until what was read is counted; stop the counting, compare, correct, and let it continue."""
        self._counters.keep_run(job.run)
        self._wait(self._seconds_to_settle(job))
        try:
            self._counters.stop_counting(job.run)
            corrections = self._compare(job)
            self._counters.correct(job.run, {found.counter: found.right for found in corrections})
        finally:
            self._counters.end_run(job.run)
        logger.info("people recounted", extra={"people": job.rows, "corrections": len(corrections)})
        return self._advance(job, phase=CAMPAIGNS, parts=[], **_added(job, corrections))

    def _seconds_to_settle(self, job: RecountJob) -> float:
        settled = from_iso(job.read_at or job.moved_at) + timedelta(seconds=job.settling)
        return max(0.0, (settled - self._clock()).total_seconds())

    def _compare(self, job: RecountJob) -> list[Correction]:
        last: dict[str, Note] = {}
        for note in self._counters.notes(job.run):
            known = last.get(note.person)
            if known is None or known.order < note.order:
                last[note.person] = note
        right: Counter[CounterName] = Counter()
        for key in job.parts:
            right += counted(b"".join(self._files.chunks(key, 0)), but=last)
        for note in last.values():
            right.update(note.counters)
        for name, amount in self._counters.read(GONE).items():
            right[DAYS, name] += amount
        are = {
            (book, name): amount
            for book in (TOTALS, TOPICS, DAYS)
            for name, amount in self._counters.read(book).items()
        }
        return [
            Correction(name, are.get(name, 0), right[name])
            for name in sorted({*are, *right})
            if are.get(name, 0) != right[name]
        ]

    def _compare_campaigns(self, job: RecountJob, has_time: Callable[[], bool]) -> RecountJob:
        """Correct the results of campaigns until time is up, at least of one."""
        kept_since = self._clock() - LEDGER_KEPT
        corrections: list[Correction] = []
        busy, last = list(job.busy), job.campaign
        for campaign in self._sources.campaigns.newest_first(last):
            if from_iso(campaign.created_at) <= kept_since:
                break
            if last != job.campaign and not has_time():
                return self._advance(job, campaign=last, busy=busy[:LISTED], **_added(job, corrections))
            try:
                found = self._sources.feedback.recount(campaign.id)
                corrections += [Correction((f"CAMPAIGN#{campaign.id}", name), *each) for name, each in found.items()]
            except ConflictError:
                busy.append(campaign.id)
            last = campaign.id
        over = {"status": DONE, "finished_at": self._now(), "campaign": last}
        return self._advance(job, busy=busy[:LISTED], **over, **_added(job, corrections))

    def _advance(self, job: RecountJob, **changes: Any) -> RecountJob:
        advanced = self._jobs.advance(job, moved_at=self._now(), **changes)
        if advanced is None:
            raise RuntimeError(f"recount {job.id} is worked on by another invocation")
        return advanced

    def _now(self) -> str:
        return iso(self._clock())


def _settling(seconds: object) -> int:
    if seconds is None:
        return SETTLING_SECONDS
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_SETTLING:
        message = f"settling_seconds must be a number from 0 to {MAX_SETTLING}."
        raise InvalidError(message, details={"field": "settling_seconds"})
    return math.ceil(seconds)


def _added(job: RecountJob, corrections: Sequence[Correction]) -> dict[str, Any]:
    """The fields of a job that has made these corrections besides."""
    listed = [*json.loads(job.corrections), *(found.to_json() for found in corrections)]
    return {"corrections": json.dumps(listed[:LISTED]), "corrected": job.corrected + len(corrections)}
