"""A list of people in memory that files go into and come out of; it decides by the product's own table of consent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Generic, TypeVar

from email_list.people import consent, exports, imports
from email_list.people.consent import IMPORT_ACTS, RULES, Act
from email_list.people.exports import Export, Exporter
from email_list.people.fingerprints import Fingerprints
from email_list.people.flags import flag
from email_list.people.importing import Importer
from email_list.people.imports import Import
from email_list.people.jobs import Job
from email_list.people.subscribers import Changes, Erased, Evidence, Imported, Page, Record, Status, Subscriber

AT = "2026-11-24T10:00:00.000Z"
FINGERPRINTS = Fingerprints("key")


def always() -> bool:
    return True


class FakeFiles:
    """Objects by key."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def join(self, key: str, beginning: bytes, parts: str, download_name: str) -> None:
        found = sorted(name for name in self.objects if name.startswith(parts))
        self.objects[key] = beginning + b"".join(self.objects[name] for name in found)

    def chunks(self, key: str, offset: int) -> Iterator[bytes]:
        yield self.objects[key][offset:]

    def link(self, key: str, stored_at: str) -> str | None:
        return f"https://files.example/{key}"

    def upload_link(self, key: str) -> str:
        return f"https://files.example/{key}"


J = TypeVar("J", bound=Job)


class FakeJobs(Generic[J]):
    """Jobs of one kind by id, which are numbers."""

    def __init__(self) -> None:
        self.jobs: dict[str, J] = {}

    def create(self, job: J) -> J:
        created = replace(job, id=str(len(self.jobs) + 1))
        self.jobs[created.id] = created
        return created

    def get(self, job_id: str) -> J | None:
        return self.jobs.get(job_id)

    def recent(self, limit: int) -> list[J]:
        return list(self.jobs.values())[:limit]

    def advance(self, job: J, **changes: Any) -> J | None:
        self.jobs[job.id] = replace(job, **changes)
        return self.jobs[job.id]


class FakeSoftBounces:
    """The soft bounces of each address since its last delivery."""

    def __init__(self) -> None:
        self.soft: dict[str, set[str]] = {}

    def soft_bounced(self, email: str, sent_at: str, message: str) -> int:
        self.soft.setdefault(email, set()).add(f"{sent_at}|{message}")
        return len(self.soft[email])

    def soft_bouncing(self, emails: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return {email: sorted(self.soft[email]) for email in emails if self.soft.get(email)}

    def forget_soft_bounces(self, email: str, mails: Sequence[str]) -> None:
        self.soft[email] -= set(mails)


class FakePeople(FakeSoftBounces):
    """The subscribers' tables, as far as files and events change them."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, Record] = {}
        self.proofs: dict[str, Mapping[str, str]] = {}

    def put(self, person: Subscriber, row: int | None = None) -> None:
        self.records[person.email] = Record(**asdict(person), import_row=row)

    def status(self, email: str) -> Status | None:
        return self.records[email].status if email in self.records else None

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page:
        return Page([person for person in self.records.values() if status in (None, person.status)], None)

    def known(self, emails: Sequence[str], fingerprints: Mapping[str, str]) -> Mapping[str, Record | Erased]:
        return {email: self.records[email] for email in emails if email in self.records}

    def insert_new(self, people: Sequence[Imported], consent: Evidence) -> set[str]:
        taken = {row.person.email for row in people if row.person.email in self.records}
        for row in people:
            if row.person.email not in taken:
                self.put(row.person, row.row)
                self.proofs[row.person.email] = row.proof
        return taken

    def restrict(self, people: Sequence[Imported], at: str) -> None:
        for row in people:
            event = {"what": row.person.status, "source": row.person.source, "row": row.row}
            self._do(IMPORT_ACTS[row.person.status], row.person.email, event)

    def update(self, changed: Sequence[tuple[Imported, Changes]]) -> None:
        for row, changes in changed:
            known = self.records[row.person.email]
            assert known.status is Status.ACTIVE
            self.records[known.email] = replace(known, **changes, updated_by=row.mark)

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool:
        return self._do(Act.HARD_BOUNCE, email, {"what": "bounced"})

    def complained(self, email: str, at: str, reason: str) -> bool:
        return self._do(Act.COMPLAIN, email, {"what": "complained"})

    def unsubscribe(self, email: str, at: str, reason: str = "", by: str = "subscriber") -> bool:
        return self._do(Act.LEAVE, email, {"what": "unsubscribed"})

    def _do(self, act: Act, email: str, event: dict[str, Any]) -> bool:
        known = self.records.get(email)
        if known is None or not consent.allows(act, known.status):
            return False
        self.records[email] = replace(known, status=RULES[act].target, history=[*known.history, event])
        return True


class PeopleWorld:
    """A list, and what an administrator does with files."""

    def __init__(self, *people: Subscriber, topics: Sequence[str] = ()) -> None:
        self.people = FakePeople()
        self.files = FakeFiles()
        self.imports: FakeJobs[Import] = FakeJobs()
        self.exports: FakeJobs[Export] = FakeJobs()
        self.topics = topics
        for person in people:
            self.people.put(person)

    def export(self) -> bytes:
        """The file of everybody."""
        job = self.exports.create(Export(status="running", created_at=AT))
        assert Exporter(self.exports, self.files, self.people, lambda *_: ()).run(job.id, always)
        return self.files.objects[exports.file_key(job.id)]

    def import_file(self, file: bytes, **asked: Any) -> Import:
        """Import a file to its end; the job."""
        job = self.imports.create(Import(status="waiting", created_at=AT, **imports.read_options(asked)))
        self.files.put(imports.file_key(job.id), file)
        assert Importer(self.imports, self.files, self.people, FINGERPRINTS.of, self.topics, flag).run(job.id, always)
        return self.imports.jobs[job.id]
