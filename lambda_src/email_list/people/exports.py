"""Exporting the list as a CSV file of any size, through the bucket: page by page, and joined at the end."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from contract import Folder
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.errors import NotFoundError
from email_list.people.filters import Filter, FindReached, Test
from email_list.people.jobs import Files, Job, Jobs
from email_list.people.listing import status_field
from email_list.people.segments import FindFilter, chosen_filter
from email_list.people.subscribers import Page, Status, Subscriber
from email_list.spreadsheets import csv_line

PAGE = 5000
AT_THE_END = "end"
"""In place of a cursor: every page is written."""

COLUMNS = (
    *("email", "name", "status", "subscribed_date", "topics", "source", "attributes"),
    *("language", "tracking_consent"),
)


@dataclass(frozen=True, kw_only=True)
class Export(Job):
    """One export, of the people with the status `filter` or, if that is empty, of everyone; with a `tree`, of those
    whom this filter chooses.

    `cursor` is where the listing continues, None before its first page and `AT_THE_END` after its last.
    """

    KIND: ClassVar[str] = "EXPORT"

    filter: str = ""
    tree: str = ""
    cursor: str | None = None


class Work(Protocol):
    """The worker, started in the background."""

    def start(self, event: Mapping[str, Any]) -> None: ...


class People(Protocol):
    """What exporting needs from the subscriber table."""

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page: ...


def file_key(job_id: str) -> str:
    """The object that an export writes."""
    return f"{Folder.EXPORTS}{job_id}.csv"


class Exports:
    """What administrators see of exports."""

    def __init__(
        self, jobs: Jobs[Export], files: Files, work: Work, find_filter: FindFilter, clock: Clock = utc_now
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._work = work
        self._find_filter = find_filter
        self._clock = clock

    def start(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Start an export of the people with a `status`, or of everyone; with a `filter` or a `segment`, only of those
        it chooses. InvalidError says what is wrong."""
        wanted, chosen = status_field(asked.get("status")), chosen_filter(asked, self._find_filter)
        started = Export(
            status="running",
            created_at=iso(self._clock()),
            filter=wanted.value if wanted else "",
            tree=chosen.to_text() if chosen else "",
        )
        job = self._jobs.create(started)
        self._work.start({"id": job.id})
        return self._show(job)

    def progress(self, job_id: str) -> dict[str, Any]:
        """The progress of an export; when it is done, for a day with the link to download it."""
        job = self._jobs.get(job_id)
        if job is None:
            raise NotFoundError("There is no export with this id.")
        return self._show(job)

    def _show(self, job: Export) -> dict[str, Any]:
        return {
            "id": job.id,
            "status": job.status,
            "created_at": job.created_at,
            "rows": job.rows,
            "finished_at": job.finished_at,
            "url": self._files.link(file_key(job.id), job.finished_at) if job.finished_at else None,
        }


class Exporter:
    """The worker: writes one export."""

    def __init__(
        self, jobs: Jobs[Export], files: Files, people: People, find_reached: FindReached, clock: Clock = utc_now
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._people = people
        self._find_reached = find_reached
        self._clock = clock

    def run(self, job_id: str, has_time: Callable[[], bool]) -> bool:
        """Work on an export; True if it is over, False if another invocation must continue."""
        job = self._jobs.get(job_id)
        if job is None or job.status == "done":
            return True
        status = Status(job.filter) if job.filter else None
        chosen = self._test(job)
        while job.cursor != AT_THE_END:
            page = self._people.page(status, PAGE, job.cursor)
            people = list(filter(chosen, page.subscribers))
            self._files.put(_part(job_id, job.rows), "".join(map(_line, people)).encode())
            job = self._jobs.advance(job, rows=job.rows + len(people), cursor=page.cursor or AT_THE_END)
            if job is None:
                # Or the response to this one's own write was lost; in both cases a later attempt continues from what is
                # stored.
                raise RuntimeError(f"export {job_id} is worked on by another invocation")
            if not has_time():
                return False
        self._files.join(file_key(job_id), csv_line(COLUMNS).encode(), _part(job_id), "subscribers.csv")
        self._jobs.advance(job, status="done", finished_at=iso(self._clock()))
        return True

    def _test(self, job: Export) -> Test:
        """Days count back from when the export began, however many invocations it takes."""
        if not job.tree:
            return lambda _: True
        return Filter.from_text(job.tree).test(from_iso(job.created_at), self._find_reached)


def _part(job_id: str, rows_before: int | None = None) -> str:
    """The object that holds one page of people; without a number of rows, the prefix that all of them share."""
    return f"{Folder.EXPORTS}{job_id}/" + ("" if rows_before is None else f"{rows_before:012}.csv")


def _line(person: Subscriber) -> str:
    attributes = json.dumps(dict(person.attributes), ensure_ascii=False, default=int) if person.attributes else ""
    topics, tracking = "|".join(person.topics), "yes" if person.tracked else ""
    about = [person.email, person.name, person.status, person.subscribed_date, topics, person.source, attributes]
    return csv_line([*about, person.language, tracking])
