"""The worker of imports: continues one until it is done or time is up.

It reads the file row by row and stores after every chunk how far it got and what it counted, so that an invocation can
end at any moment and another continues. A chunk that was written but not counted is read again: every person remembers
the import and the row they came from, the one that removed them from the list, and the last that changed them, so the
second time gives the same counts.

A dry run does all of it with a `Rehearsal` in place of the table, which remembers what would be there.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from contract import Folder
from email_list import fields
from email_list.clock import Clock, iso, utc_now
from email_list.errors import InvalidError
from email_list.people import consent, rows
from email_list.people.columns import Columns
from email_list.people.consent import IMPORT_ACTS
from email_list.people.fingerprints import Fingerprint
from email_list.people.imports import UPDATE, Import, file_key, read_header, report_key
from email_list.people.jobs import IMPORT_FLAGS, OUTCOMES, Files, Jobs
from email_list.people.subscribers import AttributeValue, Changes, Erased, Evidence, Imported, Record, Status
from email_list.spreadsheets import csv_line

CHUNK_ROWS = 1000

MAX_REHEARSED = 100_000
"""Rows that a dry run looks at: what each would do is remembered until the end."""

MAX_PREVIEW = 5
SHOWN = 100
"""Characters of an unreadable row that are shown, to find it by, and of a value in a preview."""

REPORT_COLUMNS = ("row", "outcome", "email", "reason")

Attributes = Mapping[str, AttributeValue]

logger = logging.getLogger(__name__)


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
        """Store people, each only if not there yet; returns the addresses that were there already."""
        ...

    def restrict(self, people: Sequence[Imported], at: str) -> None:
        """Give people on the list the status that their row names, if that is stricter."""
        ...

    def update(self, changed: Sequence[tuple[Imported, Changes]]) -> None:
        """Change what is known about people who are active, and remember the row that changed them."""
        ...


class Rehearsal:
    """A `People` that changes nothing, and answers as if it did."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._after: dict[str, Record | Erased] = {}

    def known(self, emails: Sequence[str], fingerprints: Mapping[str, str]) -> Mapping[str, Record | Erased]:
        asked = [email for email in emails if email not in self._after]
        self._after |= self._people.known(asked, fingerprints) if asked else {}
        return {email: self._after[email] for email in emails if email in self._after}

    def insert_new(self, people: Sequence[Imported], consent: Evidence) -> set[str]:
        for row in people:
            self._after[row.person.email] = Record(**vars(row.person), import_row=row.row)
        return set()

    def restrict(self, people: Sequence[Imported], at: str) -> None:
        for row in people:
            found = self._after[row.person.email]
            assert isinstance(found, Record)
            event = {"source": row.person.source, "row": row.row}
            self._after[found.email] = replace(found, status=row.person.status, history=[*found.history, event])

    def update(self, changed: Sequence[tuple[Imported, Changes]]) -> None:
        for row, changes in changed:
            found = self._after[row.person.email]
            assert isinstance(found, Record)
            self._after[found.email] = replace(found, **changes, updated_by=row.mark)


class Importer:
    """The worker. `flag` says what deserves a second look about an address (`email_list.people.flags`)."""

    def __init__(
        self,
        jobs: Jobs[Import],
        files: Files,
        people: People,
        fingerprint: Fingerprint,
        topics: Sequence[str],
        flag: Callable[[str], str],
        clock: Clock = utc_now,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._people = people
        self._fingerprint = fingerprint
        self._topics = topics
        self._flag = flag
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
        if job.status == "waiting" or job.dry_run:
            job = self._begin(job, key)
        reader = rows.read(self._files.chunks(key, job.offset), job.offset, job.delimiter, job.row_number)
        columns = Columns(job.columns, job.mapping, job.everybody)
        people = Rehearsal(self._people) if job.dry_run else self._people
        while chunk := list(islice(reader, CHUNK_ROWS)):
            job = self._import_chunk(job, columns, chunk, people)
            if job.dry_run and (job.rows >= MAX_REHEARSED or not has_time()):
                job = self._advance(job, reason=f"Only the first {job.rows:,} rows were looked at.")
                break
            if not has_time():
                return False
        header = csv_line(REPORT_COLUMNS).encode()
        self._files.join(report_key(job.id), header, _report_part(job.id), "import-report.csv")
        self._advance(job, status="done", finished_at=iso(self._clock()))
        return True

    def _begin(self, job: Import, key: str) -> Import:
        """Parse the header row. A dry run always begins anew: it remembers things for one invocation."""
        head = next(self._files.chunks(key, 0), b"")
        header = read_header(self._files.chunks(key, 0), head, job.mapping)
        nothing = dict.fromkeys(("rows", "reported", *OUTCOMES, *IMPORT_FLAGS), 0)
        return self._advance(
            job,
            status="running",
            columns=header.columns,
            delimiter=header.delimiter,
            offset=header.end,
            row_number=header.number,
            **nothing,
        )

    def _import_chunk(self, job: Import, columns: Columns, chunk: Sequence[rows.Row], people: People) -> Import:
        source = f"import:{job.id}"
        at = iso(self._clock())
        outcomes: dict[int, _Outcome] = {}
        remarks: dict[int, str] = {}
        flags: Counter[str] = Counter()
        by_person: dict[str, list[Imported]] = defaultdict(list)
        for row in chunk:
            try:
                reading = columns.read(row, self._topics, at, source)
            except InvalidError as error:
                outcomes[row.number] = _Outcome("invalid", columns.address(row)[:SHOWN], error.message)
                continue
            email = reading.row.person.email
            by_person[email].append(reading.row)
            flag = self._flag(email)
            flags[flag] += 1
            remarks[row.number] = " ".join([*reading.remarks, *([IMPORT_FLAGS[flag]] if flag else [])])
        stored, known = _Storing(people, self._fingerprint, job.mode).store(by_person, source, at)
        outcomes |= stored
        lines = [
            [number, outcome.name, outcome.email, outcome.reason or remarks.get(number, "")]
            for number, outcome in sorted(outcomes.items())
            if outcome.name not in ("added", "updated") or remarks.get(number)
        ]
        if lines:
            part = "".join(map(csv_line, lines))
            self._files.put(_report_part(job.id, chunk[0].number), part.encode())
        counted = Counter(outcome.name for outcome in outcomes.values()) + flags
        counted.update({"rows": len(chunk), "reported": len(lines)})
        totals = {name: getattr(job, name) + counted[name] for name in ("rows", "reported", *OUTCOMES, *IMPORT_FLAGS)}
        preview = {} if job.preview or not job.dry_run else {"preview": _preview(outcomes, known)}
        return self._advance(job, offset=chunk[-1].end, row_number=chunk[-1].number, **totals, **preview)

    def _advance(self, job: Import, **changes: Any) -> Import:
        advanced = self._jobs.advance(job, **changes)
        if advanced is None:
            raise RuntimeError(f"import {job.id} is worked on by another invocation")
        return advanced


@dataclass(frozen=True)
class _Storing:
    """Does what rows ask for."""

    people: People
    fingerprint: Fingerprint
    mode: str

    def store(
        self, by_person: Mapping[str, Sequence[Imported]], source: str, at: str
    ) -> tuple[dict[int, _Outcome], Mapping[str, Record | Erased]]:
        """Each person once: where rows disagree, the most restrictive one counts. Returns what happened to the rows, by
        number, and what is now known about the people."""
        wanted = {email: max(found, key=_restrictiveness) for email, found in by_person.items()}
        fingerprints = {email: self.fingerprint(email) for email in wanted}
        known = dict(self.people.known(list(wanted), fingerprints))
        new = [row for email, row in wanted.items() if email not in known]
        taken = self.people.insert_new(new, Evidence(at=at, source=source, wording="vouched for by an administrator"))
        if taken:
            known |= self.people.known(sorted(taken), fingerprints)
        stopping = [row for email, row in wanted.items() if _stops(row, known.get(email))]
        self.people.restrict(stopping, at)
        updating = self._updates(wanted, known)
        self.people.update(updating)
        touched = [row.person.email for row in (*stopping, *(row for row, _ in updating))]
        if touched:
            known |= self.people.known(touched, fingerprints)
        outcomes: dict[int, _Outcome] = {}
        for email, found in by_person.items():
            decisive = wanted[email]
            outcome = _outcome(known.get(email), decisive)
            outcomes |= {row.row: _of_another_row(outcome, decisive) for row in found if row is not decisive}
            outcomes[decisive.row] = outcome
        return outcomes, {email: known.get(email) or _new(row) for email, row in wanted.items()}

    def _updates(
        self, wanted: Mapping[str, Imported], known: Mapping[str, Record | Erased]
    ) -> list[tuple[Imported, Changes]]:
        """What rows change about people who are active. Of several rows of a file about one person, the first
        counts."""
        if self.mode != UPDATE:
            return []
        found = [(row, known.get(email)) for email, row in wanted.items()]
        return [
            (row, changes)
            for row, record in found
            if isinstance(record, Record)
            and record.status is row.person.status is Status.ACTIVE
            and row.person.source not in (record.source, (record.updated_by or {}).get("source"))
            and (changes := _changes(row, record))
        ]


def _changes(row: Imported, known: Record) -> Changes:
    """What a row says about somebody that is not yet known. An empty cell says nothing."""
    attributes = {**known.attributes, **_news(row.person.attributes, known.attributes)}
    said = {
        "name": row.person.name or known.name,
        "topics": list(row.person.topics if row.names_topics else known.topics),
        "attributes": dict(islice(attributes.items(), fields.MAX_ATTRIBUTES)),
        "language": row.person.language or known.language,
    }
    had = {**vars(known), "topics": list(known.topics)}
    return {name: value for name, value in said.items() if value != had[name]}


def _news(said: Attributes, known: Attributes) -> Attributes:
    """Attributes that differ from what is known: a file writes numbers and booleans as text, which is no change."""
    return {
        name: value
        for name, value in said.items()
        if name not in known
        or (value != known[name] if isinstance(known[name], str) else not _alike(value, known[name]))
    }


def _alike(one: AttributeValue, other: AttributeValue) -> bool:
    return fields.comparable(one) == fields.comparable(other)


def _report_part(job_id: str, first_row: int | None = None) -> str:
    """The object that holds the refused rows of one chunk; without a row, the prefix that all of them share."""
    return f"{Folder.REPORTS}{job_id}/" + ("" if first_row is None else f"{first_row:012}.csv")


def _new(row: Imported) -> Record:
    return Record(**vars(row.person), import_row=row.row)


def _preview(outcomes: Mapping[int, _Outcome], known: Mapping[str, Record | Erased]) -> list[dict[str, Any]]:
    """The first rows, each with its outcome and the person as they would be stored."""
    shown = []
    for number, outcome in sorted(outcomes.items())[:MAX_PREVIEW]:
        found = known.get(outcome.email)
        person = {
            "email": outcome.email,
            **({"name": found.name, "status": found.status.value} if isinstance(found, Record) else {}),
            **({"topics": list(found.topics)} if isinstance(found, Record) else {}),
            **({"attributes": _cut(found.attributes)} if isinstance(found, Record) else {}),
        }
        shown.append({"row": number, "outcome": outcome.name, "reason": outcome.reason, "person": person})
    return shown


def _cut(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[:SHOWN] if isinstance(value, str) else value for name, value in attributes.items()}


def _restrictiveness(row: Imported) -> int:
    return consent.restrictiveness(row.person.status)


def _stops(row: Imported, found: Record | Erased | None) -> bool:
    """Whether a row takes the person, whose current state this is, further away from the newsletter."""
    return isinstance(found, Record) and consent.allows(IMPORT_ACTS[row.person.status], found.status)


def _outcome(found: Record | Erased | None, row: Imported) -> _Outcome:
    """What happened to a row about a person whose state this is; None if this row has stored them."""
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
    updated_by = found.updated_by or {}
    if updated_by == row.mark:
        return _Outcome("updated", person.email)
    if updated_by.get("source") == person.source:
        return _Outcome("duplicate", person.email, f"row {updated_by['row']} names the same person")
    return _Outcome("existing", person.email, f"is {found.status}")


def _of_another_row(outcome: _Outcome, decisive: Imported) -> _Outcome:
    """What happened to a row other than the one that decided about the same person."""
    email, row = decisive.person.email, decisive.row
    match outcome.name:
        case "added" | "updated":
            return _Outcome("duplicate", email, f"row {row} names the same person")
        case "stopped":
            return _Outcome("suppressed", email, f"row {row} says {decisive.person.status}")
    return outcome
