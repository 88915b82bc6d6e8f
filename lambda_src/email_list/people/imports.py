"""Importing people from a CSV file of any size.

Storing the file in the bucket starts the work. The worker reads it row by row and stores after every chunk how far it
got and what it counted, so that an invocation can end at any moment and another continues. A chunk that was written but
not counted is read again: every person remembers the import and the row they came from, and the one that removed them
from the list, so the second time gives the same counts.

An import adds people, and removes from the list those the file says not to email; it brings nobody back
(`email_list.people.consent`). `email_list.people.columns` says what the columns of a file mean.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Protocol

from email_list.clock import Clock, iso, utc_now
from email_list.errors import InvalidError, NotFoundError
from email_list.people import consent, rows
from email_list.people.columns import Columns
from email_list.people.consent import IMPORT_ACTS
from email_list.people.fingerprints import Fingerprint
from email_list.people.jobs import OUTCOMES, Files, Job, Jobs
from email_list.people.subscribers import Erased, Evidence, Imported, Record, Status
from email_list.spreadsheets import csv_line

MAX_DIRECT_BYTES = 5 * 1024 * 1024
"""Bytes of a file in the request itself; larger ones use an upload link. Lambda accepts 6 MB (Lambda quotas), and
`text/csv` arrives as text; docs/decisions.md says which files do not fit."""

CHUNK_ROWS = 1000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Import(Job):
    """One import: how many rows had which outcome, and where in the file, whose header row is read, it continues.

    `columns` are the headers as written in the file, `row_number` is the last row's in a spreadsheet, `reported` is how
    many rows the report has.
    """

    KIND: ClassVar[str] = "IMPORT"

    added: int = 0
    existing: int = 0
    duplicate: int = 0
    stopped: int = 0
    suppressed: int = 0
    invalid: int = 0
    reported: int = 0
    offset: int = 0
    row_number: int = 0
    columns: Sequence[str] = ()
    delimiter: str = ","
    reason: str | None = None


class Imports:
    """What administrators see of imports."""

    def __init__(self, jobs: Jobs[Import], files: Files, clock: Clock = utc_now) -> None:
        self._jobs = jobs
        self._files = files
        self._clock = clock

    def take(self, body: bytes) -> dict[str, Any]:
        """Import a file that came with the request. InvalidError if it has no usable header row."""
        header, _ = _header([body], body)
        job = self._create(Columns.of(header).headers)
        self._files.put(file_key(job.id), body)
        return self._show(job)

    def open_upload(self) -> dict[str, Any]:
        """A link that accepts the file by PUT; storing it starts the import."""
        job = self._create()
        return {**self._show(job), "upload_url": self._files.upload_link(file_key(job.id))}

    def progress(self, job_id: str) -> dict[str, Any]:
        """The progress of an import; when it is done, for a day with a link to the report of rows that were not
        added."""
        job = self._jobs.get(job_id)
        if job is None:
            raise NotFoundError("There is no import with this id.")
        return self._show(job)

    def recent(self) -> list[dict[str, Any]]:
        """Recent imports, newest first."""
        return [self._show(job) for job in self._jobs.recent(limit=20)]

    def _create(self, columns: Sequence[str] = ()) -> Import:
        return self._jobs.create(Import(status="waiting", created_at=iso(self._clock()), columns=columns))

    def _show(self, job: Import) -> dict[str, Any]:
        known = asdict(job)
        reported = job.status == "done" and job.reported
        shown = ("id", "status", "created_at", "rows", *OUTCOMES, "finished_at", "reason")
        report_url = self._files.link(report_key(job.id), job.finished_at or "") if reported else None
        columns = Columns(job.columns).meanings()
        return {**{name: known[name] for name in shown}, "columns": columns, "report_url": report_url}


def file_key(job_id: str) -> str:
    """The object that an import reads."""
    return f"imports/{job_id}.csv"


def report_key(job_id: str) -> str:
    """The object that says why each row was not added, or only in part."""
    return f"reports/{job_id}.csv"


SHOWN = 100
"""Characters of an unreadable row that are shown, to find it by."""

REPORT_COLUMNS = ("row", "outcome", "email", "reason")


def _report_part(job_id: str, first_row: int | None = None) -> str:
    """The object that holds the refused rows of one chunk; without a row, the prefix that all of them share."""
    return f"reports/{job_id}/" + ("" if first_row is None else f"{first_row:012}.csv")


def job_id_of(key: str) -> str:
    """The import that this object belongs to."""
    return Path(key).stem


def _header(chunks: Iterable[bytes], head: bytes) -> tuple[rows.Row, str]:
    """The header row of a file that begins with `head`, and the delimiter. InvalidError if there is none."""
    delimiter = rows.delimiter_of(head)
    header = next(rows.read(chunks, 0, delimiter), None)
    if header is None:
        raise InvalidError("The file is empty. Begin it with a header row such as email,name.")
    return header, delimiter


@dataclass(frozen=True)
class _Outcome:
    """What happened to one row, for the counts and the report."""

    name: str
    email: str
    reason: str = ""


class People(Protocol):
    """What importing needs from the subscriber table."""

    def known(self, emails: Sequence[str], fingerprints: Mapping[str, str]) -> Mapping[str, Record | Erased]:
        """Those of these people who are on the list or were erased."""
        ...

    def insert_new(self, people: Sequence[Imported], consent: Evidence) -> set[str]:
        """Store people, each only if not there yet; returns the addresses that were stored."""
        ...

    def restrict(self, people: Sequence[Imported], at: str) -> None:
        """Give people on the list the status that their row names, if that is stricter."""
        ...


class Importer:
    """The worker: continues one import until it is done or time is up."""

    def __init__(
        self,
        jobs: Jobs[Import],
        files: Files,
        people: People,
        fingerprint: Fingerprint,
        topics: Sequence[str],
        clock: Clock = utc_now,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._people = people
        self._fingerprint = fingerprint
        self._topics = topics
        self._clock = clock

    def run(self, job_id: str, has_time: Callable[[], bool]) -> bool:
        """Work on an import; True if it is over, False if another invocation must continue."""
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
        reader = rows.read(self._files.chunks(key, job.offset), job.offset, job.delimiter, job.row_number)
        columns = Columns(job.columns)
        while chunk := list(islice(reader, CHUNK_ROWS)):
            job = self._import_chunk(job, columns, chunk)
            if not has_time():
                return False
        header = csv_line(REPORT_COLUMNS).encode()
        self._files.join(report_key(job.id), header, _report_part(job.id), "import-report.csv")
        self._advance(job, status="done", finished_at=iso(self._clock()))
        return True

    def _begin(self, job: Import, key: str) -> Import:
        head = next(self._files.chunks(key, 0), b"")
        header, delimiter = _header(self._files.chunks(key, 0), head)
        read = {"columns": Columns.of(header).headers, "delimiter": delimiter}
        return self._advance(job, status="running", offset=header.end, row_number=header.number, **read)

    def _import_chunk(self, job: Import, columns: Columns, chunk: Sequence[rows.Row]) -> Import:
        source = f"import:{job.id}"
        at = iso(self._clock())
        outcomes: dict[int, _Outcome] = {}
        remarks: dict[int, str] = {}
        by_person: dict[str, list[Imported]] = defaultdict(list)
        for row in chunk:
            try:
                reading = columns.read(row, self._topics, at, source)
            except InvalidError as error:
                outcomes[row.number] = _Outcome("invalid", row.fields[0][:SHOWN], error.message)
                continue
            by_person[reading.row.person.email].append(reading.row)
            remarks[row.number] = " ".join(reading.remarks)
        outcomes |= self._store(by_person, source, at)
        lines = [
            [number, outcome.name, outcome.email, outcome.reason or remarks.get(number, "")]
            for number, outcome in sorted(outcomes.items())
            if outcome.name != "added" or remarks.get(number)
        ]
        if lines:
            part = "".join(map(csv_line, lines))
            self._files.put(_report_part(job.id, chunk[0].number), part.encode())
        counted = Counter(outcome.name for outcome in outcomes.values())
        counted.update({"rows": len(chunk), "reported": len(lines)})
        totals = {name: getattr(job, name) + counted[name] for name in ("rows", "reported", *OUTCOMES)}
        return self._advance(job, offset=chunk[-1].end, row_number=chunk[-1].number, **totals)

    def _store(self, by_person: Mapping[str, Sequence[Imported]], source: str, at: str) -> dict[int, _Outcome]:
        """Do what the rows ask for, each person once: where rows disagree, the most restrictive one counts."""
        wanted = {email: max(found, key=_restrictiveness) for email, found in by_person.items()}
        fingerprints = {email: self._fingerprint(email) for email in wanted}
        known = dict(self._people.known(list(wanted), fingerprints))
        new = [row for email, row in wanted.items() if email not in known]
        taken = self._people.insert_new(new, Evidence(at=at, source=source, wording="vouched for by an administrator"))
        if taken:
            known |= self._people.known(sorted(taken), fingerprints)
        stopping = [row for email, row in wanted.items() if _stops(row, known.get(email))]
        if stopping:
            self._people.restrict(stopping, at)
            known |= self._people.known([row.person.email for row in stopping], fingerprints)
        outcomes: dict[int, _Outcome] = {}
        for email, found in by_person.items():
            decisive = wanted[email]
            outcome = _outcome(known.get(email), decisive)
            outcomes |= {row.row: _of_another_row(outcome, decisive) for row in found if row is not decisive}
            outcomes[decisive.row] = outcome
        return outcomes

    def _advance(self, job: Import, **changes: Any) -> Import:
        advanced = self._jobs.advance(job, **changes)
        if advanced is None:
            raise RuntimeError(f"import {job.id} is worked on by another invocation")
        return advanced


def _restrictiveness(row: Imported) -> int:
    return consent.restrictiveness(row.person.status)


def _stops(row: Imported, found: Record | Erased | None) -> bool:
    """Whether a row takes the person, whose current state this is, further away from the newsletter."""
    return isinstance(found, Record) and consent.allows(IMPORT_ACTS[row.person.status], found.status)


def _outcome(found: Record | Erased | None, row: Imported) -> _Outcome:
    """What happened to a row about a person whose previous state this is; None if this row has stored them."""
    person = row.person
    if isinstance(found, Erased):
        return _Outcome("suppressed", person.email, "asked to be erased")
    if found and any((event.get("source"), event.get("row")) == (person.source, row.row) for event in found.history):
        return _Outcome("stopped", person.email, f"was on the list; this row says {person.status}")
    of_this_import = found is not None and found.source == person.source and found.import_row is not None
    if found is None or (of_this_import and found.import_row == row.row):
        if person.status is Status.ACTIVE:
            return _Outcome("added", person.email)
        return _Outcome("suppressed", person.email, f"this row says {person.status}")
    if found.status not in (Status.ACTIVE, Status.PENDING):
        return _Outcome("suppressed", person.email, f"is {found.status}")
    if of_this_import:
        return _Outcome("duplicate", person.email, f"row {found.import_row} names the same person")
    return _Outcome("existing", person.email, f"is {found.status}")


def _of_another_row(outcome: _Outcome, decisive: Imported) -> _Outcome:
    """What happened to a row other than the one that decided about the same person."""
    email, row = decisive.person.email, decisive.row
    match outcome.name:
        case "added":
            return _Outcome("duplicate", email, f"row {row} names the same person")
        case "stopped":
            return _Outcome("suppressed", email, f"row {row} says {decisive.person.status}")
    return outcome
