"""Import and export: rows a second, and memory, for files of very different sizes.

The product's own importer and exporter, with files and people in memory that are made when they are read and forgotten
when they are written. Each size has a process of its own, whose memory is the system's figure for all of it. The plain
way holds the file: it reads all rows, and then stores them.
"""

import csv
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from benchmarks.figures import Aim, Figure, Findings
from benchmarks.planning import memory
from benchmarks.stage import Process
from email_list.people.exports import Export, Exporter
from email_list.people.fingerprints import Fingerprints
from email_list.people.importing import Importer
from email_list.people.imports import Import
from email_list.people.jobs import Job
from email_list.people.subscribers import Changes, Erased, Evidence, Imported, Page, Record, Status, Subscriber

SIZES = (10_000, 100_000, 1_000_000)
CHUNK_ROWS = 1000
"""Rows of one chunk of a file, some 40 KB: S3's are 64 KB."""


def run() -> Findings:
    """Every size imported, exported, and read the plain way."""
    figures: list[Figure] = []
    curves = {}
    plain = [Process({}, _read_all, size).result() for size in SIZES]
    for name, work in (("import", import_file), ("export", export_file)):
        found = [Process({}, work, size).result() for size in SIZES]
        rates = [size / seconds for size, (seconds, _) in zip(SIZES, found, strict=True)]
        memories = [megabytes for _, megabytes in found]
        smallest, largest = f"{SIZES[0]:,}", f"{SIZES[-1]:,}"
        figures += [
            Figure(f"{name}, rows a second of {smallest}", rates[0]),
            Figure(f"{name}, rows a second of {largest}", rates[-1], plain=rates[0], aim=Aim(least=0.8 * rates[0])),
            Figure(f"{name}, memory for {smallest}", memories[0], "MB", plain=plain[0][1]),
            Figure(
                f"{name}, memory for {largest}", memories[-1], "MB", plain=plain[-1][1], aim=Aim(most=memories[0] + 10)
            ),
        ]
        curves[f"megabytes to {name}"] = list(zip(SIZES, memories, strict=True))
    curves["megabytes to read a file"] = [[size, megabytes] for size, (_, megabytes) in zip(SIZES, plain, strict=True)]
    return Findings(figures, curves)


J = TypeVar("J", bound=Job)


class Jobs(Generic[J]):
    """`jobs.Jobs` with one job."""

    def __init__(self, job: J) -> None:
        self.job = job

    def create(self, job: J) -> J:
        return self.job

    def get(self, job_id: str) -> J:
        return self.job

    def recent(self, limit: int) -> list[J]:
        return [self.job]

    def advance(self, job: J, **changes: Any) -> J:
        self.job = replace(job, **changes)
        return self.job


class Files:
    """`jobs.Files`: a file of so many rows that is made when it is read, and bytes written that are forgotten."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.written = 0

    def chunks(self, key: str, offset: int) -> Iterator[bytes]:
        """The file from `offset` on, which is where a row begins that is as long as every other."""
        begun = max(0, offset - len(HEADER)) // ROW_BYTES
        if not offset:
            yield HEADER
        for first in range(begun, self._rows, CHUNK_ROWS):
            yield b"".join(map(_row, range(first, min(first + CHUNK_ROWS, self._rows))))

    def put(self, key: str, body: bytes) -> None:
        self.written += len(body)

    def join(self, key: str, beginning: bytes, parts: str, download_name: str) -> None:
        self.written += len(beginning)

    def link(self, key: str, stored_at: str) -> str | None:
        return key

    def upload_link(self, key: str) -> str:
        return key


HEADER = b"email,name,city\n"


def _row(number: int) -> bytes:
    return b"person%07d@example.com,Person %07d,Springfield\n" % (number, number)


ROW_BYTES = len(_row(0))


class People:
    """`imports.People`, who are all new, and `exports.People`, of whom there are so many."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.added = 0

    def known(self, emails: Sequence[str], fingerprints: Mapping[str, str]) -> dict[str, Record | Erased]:
        return {}

    def insert_new(self, people: Sequence[Imported], consent: Evidence) -> set[str]:
        self.added += len(people)
        return set()

    def update(self, changed: Sequence[tuple[Imported, Changes]]) -> None:
        assert not changed

    def restrict(self, people: Sequence[Imported], at: str) -> None:
        assert not people

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page:
        first = int(cursor or 0)
        last = min(first + limit, self.size)
        return Page([_person(number) for number in range(first, last)], str(last) if last < self.size else None)


def _person(number: int) -> Subscriber:
    email = f"person{number:07d}@example.com"
    return Subscriber(
        email, Status.ACTIVE, "2026-01-01T00:00:00.000Z", f"Person {number}", ("News",), {"city": "Springfield"}
    )


def always() -> bool:
    return True


def import_file(rows: int) -> tuple[float, float]:
    """Seconds, and the process's largest size in MB."""
    jobs, people = Jobs(Import(id="1", status="waiting", created_at="")), People(rows)
    started = time.process_time()
    Importer(jobs, Files(rows), people, Fingerprints("key").of, (), lambda _: "").run("1", always)
    seconds = time.process_time() - started
    if jobs.job.status != "done" or not jobs.job.added == people.added == rows:
        raise RuntimeError(f"not imported: {jobs.job}")
    return seconds, memory()


def export_file(rows: int) -> tuple[float, float]:
    """Seconds, and the process's largest size in MB."""
    jobs, files = Jobs(Export(id="1", status="running", created_at="")), Files(0)
    started = time.process_time()
    Exporter(jobs, files, People(rows), lambda *_: ()).run("1", always)
    seconds = time.process_time() - started
    if jobs.job.status != "done" or jobs.job.rows != rows:
        raise RuntimeError(f"not exported: {jobs.job}")
    return seconds, memory()


def _read_all(rows: int) -> tuple[float, float]:
    """The plain way: the file, and every row of it, at once."""
    started = time.process_time()
    text = b"".join(Files(rows).chunks("", 0)).decode()
    people = list(csv.DictReader(io.StringIO(text)))
    if len(people) != rows:
        raise RuntimeError("not all rows")
    return time.process_time() - started, memory()
