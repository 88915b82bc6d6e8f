"""Importing people from a CSV file of any size: what administrators ask for, and what they see of it.

Storing the file in the bucket starts the work (`email_list.people.importing`). An import adds people, updates them if
asked to, and removes from the list those the file says not to email; it brings nobody back
(`email_list.people.consent`). `email_list.people.columns` says what the columns of a file mean.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from contract import Folder
from email_list import fields
from email_list.clock import Clock, iso, utc_now
from email_list.errors import InvalidError, NotFoundError
from email_list.people import rows
from email_list.people.columns import MAX_COLUMNS, MAX_HEADER, Columns
from email_list.people.jobs import IMPORT_FLAGS, IMPORT_MODES, OUTCOMES, Files, Job, Jobs
from email_list.people.subscribers import Status

MAX_DIRECT_BYTES = 5 * 1024 * 1024
"""Bytes of a file in the request itself; larger ones use an upload link. Lambda accepts 6 MB (Lambda quotas), and
`text/csv` arrives as text; docs/decisions.md says which files do not fit."""

MAX_FILE_NAME = 200
ADD, UPDATE = IMPORT_MODES


@dataclass(frozen=True, kw_only=True)
class Import(Job):
    """One import: how many rows had which outcome, and where in the file, whose header row is read, it continues.

    `columns` are the headers as written in the file, `mapping` says what some of them hold, `everybody` is the status
    that the file as a whole gives everybody in it. `row_number` is the last row's in a spreadsheet, `reported` is how
    many rows the report has. A dry run stores nobody and shows its first rows in `preview`.
    """

    KIND: ClassVar[str] = "IMPORT"

    name: str = ""
    mode: str = ADD
    dry_run: bool = False
    mapping: Mapping[str, str] = field(default_factory=dict)
    everybody: str = ""
    added: int = 0
    updated: int = 0
    existing: int = 0
    duplicate: int = 0
    stopped: int = 0
    suppressed: int = 0
    invalid: int = 0
    role: int = 0
    disposable: int = 0
    reported: int = 0
    offset: int = 0
    row_number: int = 0
    columns: Sequence[str] = ()
    delimiter: str = ","
    preview: Sequence[Mapping[str, Any]] = ()
    reason: str | None = None


class Imports:
    """What administrators see of imports."""

    def __init__(self, jobs: Jobs[Import], files: Files, clock: Clock = utc_now) -> None:
        self._jobs = jobs
        self._files = files
        self._clock = clock

    def take(self, body: bytes, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Import a file that came with the request. InvalidError if it has no usable header row, or if an
        option is wrong."""
        options = read_options(asked)
        header = read_header([body], body, options["mapping"])
        job = self._create(columns=header.columns, **options)
        self._files.put(file_key(job.id), body)
        return self._show(job)

    def open_upload(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A link that takes the file by PUT; storing it starts the import."""
        job = self._create(**read_options(asked))
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

    def _create(self, **known: Any) -> Import:
        return self._jobs.create(Import(status="waiting", created_at=iso(self._clock()), **known))

    def _show(self, job: Import) -> dict[str, Any]:
        known = asdict(job)
        reported = job.status == "done" and job.reported
        shown = ("id", "status", "name", "mode", "dry_run", "created_at", "rows", *OUTCOMES, *IMPORT_FLAGS)
        report_url = self._files.link(report_key(job.id), job.finished_at or "") if reported else None
        return {
            **{name: known[name] for name in (*shown, "finished_at", "reason")},
            "columns": Columns(job.columns, job.mapping).meanings() if job.columns else {},
            "preview": list(job.preview),
            "report_url": report_url,
        }


def file_key(job_id: str) -> str:
    """The object that an import reads."""
    return f"{Folder.IMPORTS}{job_id}.csv"


def report_key(job_id: str) -> str:
    """The object that says why each row was not added, or only in part."""
    return f"{Folder.REPORTS}{job_id}.csv"


def job_id_of(key: str) -> str:
    """The import that this object belongs to."""
    return Path(key).stem


def read_options(asked: Mapping[str, Any]) -> dict[str, Any]:
    """How to import, in an `Import`'s own words, from query parameters or JSON fields. InvalidError names what is
    wrong."""
    return {
        "mode": _one_of(asked, "mode", IMPORT_MODES, ADD),
        "dry_run": _flag(asked, "dry_run"),
        "mapping": _mapping(asked.get("columns")),
        "everybody": _one_of(asked, "status", EVERYBODY, ""),
        "name": fields.single_line(asked.get("name"), "name", MAX_FILE_NAME),
    }


EVERYBODY = (Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED)
"""The status that a file may give everybody in it: some products write a file per status and name it in no column."""


def _one_of(asked: Mapping[str, Any], name: str, words: Iterable[str], default: str) -> str:
    value = asked.get(name)
    if value in (None, ""):
        return default
    if not isinstance(value, str) or value not in [str(word) for word in words]:
        raise InvalidError(f"{name} must be one of {', '.join(words)}.", details={"field": name})
    return value


def _flag(asked: Mapping[str, Any], name: str) -> bool:
    value = asked.get(name)
    if isinstance(value, bool):
        return value
    if value not in (None, "", "true", "false"):
        raise InvalidError(f"{name} must be true or false.", details={"field": name})
    return value == "true"


def _mapping(value: object) -> dict[str, str]:
    """What columns hold, by their headers; `Columns` knows whether there are such fields."""
    if value in (None, ""):
        return {}
    try:
        document = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        message = 'columns must be a JSON object such as {"Mail": "email"}, URL-encoded in a query.'
        raise InvalidError(message, details={"field": "columns"}) from error
    if not isinstance(document, Mapping) or len(document) > MAX_COLUMNS:
        message = f'columns must be an object such as {{"Mail": "email"}}, with at most {MAX_COLUMNS} entries.'
        raise InvalidError(message, details={"field": "columns"})
    return {
        fields.single_line(header, "columns", MAX_HEADER, required=True): fields.single_line(
            meaning, f"columns.{str(header)[:40]}", MAX_HEADER, required=True
        )
        for header, meaning in document.items()
    }


@dataclass(frozen=True)
class Header:
    """The columns of a file, its delimiter, and where its first row with a person begins: at this byte, behind the row
    with this number."""

    columns: Sequence[str]
    delimiter: str
    end: int
    number: int


def read_header(chunks: Iterable[bytes], head: bytes, mapping: Mapping[str, str]) -> Header:
    """The header of a file that begins with `head`. InvalidError if it has none, and no addresses in its place.

    Sendy writes files without a header row: name, address, and the list's own fields.
    """
    delimiter = rows.delimiter_of(head)
    first = next(rows.read(chunks, 0, delimiter), None)
    if first is None:
        raise InvalidError("The file is empty. Begin it with a header row such as email,name.")
    headless = Columns.without_header(first)
    if headless:
        Columns(headless, mapping).check()
        return Header(headless, delimiter, 0, 0)
    return Header(Columns.of(first, mapping).headers, delimiter, first.end, first.number)
