"""Importing people from a CSV file of any size.

A file becomes an object in the bucket; that starts the work. The worker reads it row by row and stores after every
chunk how far it came and what it counted, so that an invocation can end at any moment and another goes on. A chunk
that was written but not counted is read again: every person remembers the import and the row they came from, so
the second time gives the same counts.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Protocol

from email_list import addresses, fields
from email_list.clock import Clock, iso, utc_now
from email_list.errors import EmailListError, InvalidError, NotFoundError
from email_list.people import rows
from email_list.people.jobs import Files, Job, Jobs
from email_list.people.subscribers import SUPPRESSED, Erased, Evidence, Fingerprints, Record, Status, Subscriber
from email_list.spreadsheets import as_meant, csv_line

MAX_DIRECT_BYTES = 5 * 1024 * 1024
"""Bytes of a file in the request itself; Lambda takes 6 MB at most, and larger files go through an upload link."""

CHUNK_ROWS = 1000
KNOWN_COLUMNS = ("email", "name", "topics", "status", "attributes", "subscribed_date", "source")
MAX_COLUMNS = len(KNOWN_COLUMNS) + fields.MAX_ATTRIBUTES
TOPIC_SEPARATOR = "|"

logger = logging.getLogger(__name__)


OUTCOMES = ("added", "existing", "duplicate", "suppressed", "invalid")
"""What becomes of a row: a new person; someone who is active or pending already; someone an earlier row of this
import has added; someone who left, bounced, complained or was erased, and is left in peace; a row with a mistake."""


@dataclass(frozen=True, kw_only=True)
class Import(Job):
    """One import: how many rows had which outcome, and where in the file, whose header row is read, it goes on."""

    KIND: ClassVar[str] = "IMPORT"

    added: int = 0
    existing: int = 0
    duplicate: int = 0
    suppressed: int = 0
    invalid: int = 0
    offset: int = 0
    columns: Sequence[str] = ()
    delimiter: str = ","
    reason: str | None = None


class Imports:
    """What an administrator sees of imports."""

    def __init__(self, jobs: Jobs[Import], files: Files, clock: Clock = utc_now) -> None:
        self._jobs = jobs
        self._files = files
        self._clock = clock

    def take(self, body: bytes) -> dict[str, Any]:
        """Import a file that came with the request. InvalidError when it has no usable header row."""
        first = next(rows.read([body], 0, rows.delimiter_of(body)), None)
        if first is None:
            raise InvalidError("The file is empty. It begins with a header row such as email,name.")
        Columns.of(first)
        job = self._create()
        self._files.put(file_key(job.id), body)
        return self._show(job)

    def open_upload(self) -> dict[str, Any]:
        """A link that takes the file by PUT; storing it starts the import."""
        job = self._create()
        return {**self._show(job), "upload_url": self._files.upload_link(file_key(job.id))}

    def progress(self, job_id: str) -> dict[str, Any]:
        """How far an import is; when it is done, for a day with a link to the report of rows that were not added."""
        job = self._jobs.get(job_id)
        if job is None:
            raise NotFoundError("There is no import with this id.")
        return self._show(job)

    def recent(self) -> list[dict[str, Any]]:
        """The last imports, newest first."""
        return [self._show(job) for job in self._jobs.recent(limit=20)]

    def _create(self) -> Import:
        return self._jobs.create(Import(status="waiting", created_at=iso(self._clock())))

    def _show(self, job: Import) -> dict[str, Any]:
        known = asdict(job)
        reported = job.status == "done" and job.rows != job.added
        shown = ("id", "status", "created_at", "rows", *OUTCOMES, "finished_at", "reason")
        report_url = self._files.link(report_key(job.id), job.finished_at or "") if reported else None
        return {**{name: known[name] for name in shown}, "report_url": report_url}


def file_key(job_id: str) -> str:
    """The object that an import reads."""
    return f"imports/{job_id}.csv"


def report_key(job_id: str) -> str:
    """The object that says, per row that was not added, why."""
    return f"reports/{job_id}.csv"


REPORT_COLUMNS = ("row", "outcome", "email", "reason")


def _report_part(job_id: str, first_row: int | None = None) -> str:
    """The object that holds the refused rows of one chunk; without a row, what all of them begin with."""
    return f"reports/{job_id}/" + ("" if first_row is None else f"{first_row:012}.csv")


def job_id_of(key: str) -> str:
    """The import whose object this is."""
    return Path(key).stem


@dataclass(frozen=True)
class Columns:
    """Which column of a file holds what.

    `email` must be there. `name`, `topics` (separated by |), `status` and `attributes` (a JSON object) may be, as an
    export has them; `subscribed_date` and `source` are passed over, as this list notes its own. Every other column is
    an attribute.
    """

    names: Sequence[str]

    @classmethod
    def of(cls, header: rows.Row) -> "Columns":
        """Read a header row. InvalidError says what is wrong with it."""
        names = [name.strip().lower() for name in header.fields]
        if header.problem:
            raise InvalidError(f"The header row is {header.problem}.")
        if "email" not in names:
            raise InvalidError("The header row has no column named email.")
        if len(names) > MAX_COLUMNS:
            raise InvalidError(f"The file has at most {MAX_COLUMNS} columns.")
        if len(set(names)) < len(names):
            raise InvalidError("The header row names a column twice.")
        fields.attributes({name: "" for name in names if name not in KNOWN_COLUMNS})
        return cls(names)

    def person(self, row: rows.Row, offered_topics: Sequence[str], at: str, source: str) -> Subscriber:
        """The person in a row. EmailListError says what is wrong with it."""
        if row.problem:
            raise InvalidError(row.problem)
        if len(row.fields) > len(self.names):
            raise InvalidError(f"{len(row.fields)} fields where the header has {len(self.names)}")
        given = {name: as_meant(cell) for name, cell in zip(self.names, row.fields, strict=False)}
        known = {name: given.pop(name, "") for name in KNOWN_COLUMNS}
        own = {name: value for name, value in given.items() if value.strip()}
        topics = known["topics"]
        return Subscriber(
            email=addresses.normalise(known["email"]),
            name=fields.name(known["name"]),
            topics=fields.topics(
                [topic.strip() for topic in topics.split(TOPIC_SEPARATOR)] if topics.strip() else None,
                offered_topics,
            ),
            attributes=fields.attributes({**_attributes(known["attributes"]), **own}),
            status=_status(known["status"]),
            subscribed_date=at,
            source=source,
        )


def _status(text: str) -> Status:
    """Where the file says a person stands; whoever has left or cannot be mailed is noted as such, not added."""
    status = text.strip().lower() or Status.ACTIVE.value
    if status == "subscribed":
        return Status.ACTIVE
    if status not in (Status.ACTIVE, Status.UNSUBSCRIBED, *SUPPRESSED):
        raise InvalidError(f"the status {status[:40]!r} does not allow mail")
    return Status(status)


def _attributes(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise InvalidError("attributes is not JSON") from error
    if not isinstance(document, dict):
        raise InvalidError("attributes is not a JSON object")
    return document


class People(Protocol):
    """What importing needs of the subscriber table."""

    def known(self, emails: Sequence[str], fingerprints: Mapping[str, str]) -> Mapping[str, Record | Erased]:
        """Those of these people who are on the list or were erased."""
        ...

    def insert_new(self, people: Sequence[tuple[Subscriber, int]], consent: Evidence) -> set[str]:
        """Store people with their row numbers, each only where there is none; the addresses that were taken."""
        ...


class Importer:
    """The worker: brings one import forward until it is done or time is up."""

    def __init__(
        self,
        jobs: Jobs[Import],
        files: Files,
        people: People,
        fingerprints: Fingerprints,
        topics: Sequence[str],
        clock: Clock = utc_now,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._people = people
        self._fingerprints = fingerprints
        self._topics = topics
        self._clock = clock

    def run(self, job_id: str, has_time: Callable[[], bool]) -> bool:
        """Work on an import; True when it is over, False when another invocation must go on."""
        job = self._jobs.get(job_id)
        if job is None:
            logger.warning("no such import", extra={"import_id": job_id})
            return True
        if job.status in ("done", "failed"):
            return True
        try:
            return self._work(job, has_time)
        except InvalidError as error:
            self._advance(job, status="failed", reason=error.message, finished_at=iso(self._clock()))
            return True

    def _work(self, job: Import, has_time: Callable[[], bool]) -> bool:
        key = file_key(job.id)
        if not job.offset:
            job = self._begin(job, key)
        reader = rows.read(self._files.chunks(key, job.offset), job.offset, job.delimiter)
        while chunk := list(islice(reader, CHUNK_ROWS)):
            job = self._import_chunk(job, Columns(job.columns), chunk)
            if not has_time():
                return False
        header = csv_line(REPORT_COLUMNS).encode()
        self._files.join(report_key(job.id), header, _report_part(job.id), "import-report.csv")
        self._advance(job, status="done", finished_at=iso(self._clock()))
        return True

    def _begin(self, job: Import, key: str) -> Import:
        head = next(self._files.chunks(key, 0), b"")
        delimiter = rows.delimiter_of(head)
        header = next(rows.read(self._files.chunks(key, 0), 0, delimiter), None)
        if header is None:
            raise InvalidError("The file is empty. It begins with a header row such as email,name.")
        columns = Columns.of(header)
        return self._advance(job, status="running", columns=list(columns.names), delimiter=delimiter, offset=header.end)

    def _import_chunk(self, job: Import, columns: Columns, chunk: Sequence[rows.Row]) -> Import:
        first_row = job.rows + 1
        source = f"import:{job.id}"
        at = iso(self._clock())
        outcomes: dict[int, tuple[str, str, str]] = {}
        wanted: dict[str, tuple[int, Subscriber]] = {}
        repeated: list[tuple[int, str]] = []
        for number, row in enumerate(chunk, first_row):
            try:
                person = columns.person(row, self._topics, at, source)
            except EmailListError as error:
                outcomes[number] = ("invalid", row.fields[0][:100] if row.fields else "", error.message)
                continue
            if person.email in wanted:
                repeated.append((number, person.email))
            else:
                wanted[person.email] = (number, person)
        self._store(wanted, source, at, outcomes)
        for number, email in repeated:
            row_above = wanted[email][0]
            outcome = outcomes[row_above]
            if outcome[0] == "added":
                outcome = ("duplicate", email, f"row {row_above} names the same person")
            outcomes[number] = outcome
        refused = [(number, *outcomes[number]) for number in sorted(outcomes) if outcomes[number][0] != "added"]
        if refused:
            part = "".join(csv_line(line) for line in refused)
            self._files.put(_report_part(job.id, first_row), part.encode())
        counted = [outcome for outcome, _, _ in outcomes.values()]
        totals = {name: getattr(job, name) + counted.count(name) for name in OUTCOMES}
        return self._advance(job, offset=chunk[-1].end, rows=job.rows + len(chunk), **totals)

    def _store(
        self,
        wanted: Mapping[str, tuple[int, Subscriber]],
        source: str,
        at: str,
        outcomes: dict[int, tuple[str, str, str]],
    ) -> None:
        fingerprints = {email: self._fingerprints.of(email) for email in wanted}
        known = dict(self._people.known(list(wanted), fingerprints))
        new = [(person, number) for email, (number, person) in wanted.items() if email not in known]
        taken = self._people.insert_new(new, Evidence(at=at, source=source, wording="vouched for by an administrator"))
        if taken:
            known |= self._people.known(sorted(taken), fingerprints)
        for email, (number, person) in wanted.items():
            outcomes[number] = _outcome(known.get(email), number, person)

    def _advance(self, job: Import, **changes: Any) -> Import:
        advanced = self._jobs.advance(job, **changes)
        if advanced is None:
            raise RuntimeError(f"import {job.id} is worked on by another invocation")
        return advanced


def _outcome(found: Record | Erased | None, number: int, person: Subscriber) -> tuple[str, str, str]:
    """What became of a row that names `person`, who was found like this; None means that this row has stored them."""
    email = person.email
    stored = ("added", email, "") if person.status is Status.ACTIVE else ("suppressed", email, f"is {person.status}")
    if found is None:
        return stored
    if isinstance(found, Erased):
        return "suppressed", email, "asked to be erased"
    if found.source == person.source and found.import_row is not None:
        if found.import_row == number:
            return stored
        return "duplicate", email, f"row {found.import_row} names the same person"
    if found.status in (Status.ACTIVE, Status.PENDING):
        return "existing", email, f"is {found.status}"
    return "suppressed", email, f"is {found.status}"
