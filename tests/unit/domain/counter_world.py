"""People who come and go, the stream of their changes, and a place in memory where they are counted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from email_list.aws.counter_table import CountingStoppedError
from email_list.aws.subscriber_table import SubscriberTable
from email_list.campaigns.campaign import Campaign
from email_list.clock import iso
from email_list.errors import ConflictError
from email_list.figures.counting import Change, Note
from email_list.figures.growth import CounterName
from email_list.figures.recount import DONE, Recount, RecountJob, Sources
from email_list.people.consent import Act
from email_list.people.subscribers import Evidence, Status, Subscriber

START = datetime(2026, 11, 1, 22, tzinfo=UTC)


class FakeCounters:
    """`email_list.aws.counter_table` in memory."""

    def __init__(self) -> None:
        self.amounts: Counter[CounterName] = Counter()
        self._counted: set[str] = set()
        self._run = ""
        self._stopped = False
        self._notes: list[tuple[str, Note]] = []

    def count(self, changes: Sequence[Change]) -> Counter[CounterName]:
        if self._stopped:
            raise CountingStoppedError
        total: Counter[CounterName] = Counter()
        for change in changes:
            if change.difference and change.id not in self._counted:
                self._counted.add(change.id)
                total.update(change.difference)
                if self._run:
                    self._notes.append((self._run, Note(change.person, change.order, change.after.counters)))
        self.amounts.update(total)
        return total

    def read(self, book: str, first: str = "", last: str = "\uffff") -> dict[str, int]:
        return {
            name: amount
            for (where, name), amount in self.amounts.items()
            if where == book and amount and first <= name <= f"{last}\uffff"
        }

    def source(self, name: str) -> str:
        return name

    def open_run(self) -> str:
        if self._run:
            raise ConflictError("Another recount is running.")
        self._run = f"run {len(self._notes)}"
        return self._run

    def keep_run(self, run: str) -> None:
        if self._run != run:
            raise LookupError(run)

    def stop_counting(self, run: str) -> None:
        self.keep_run(run)
        self._stopped = True

    def notes(self, run: str) -> Iterator[Note]:
        return iter([note for of_run, note in self._notes if of_run == run])

    def correct(self, run: str, amounts: Mapping[CounterName, int]) -> None:
        self.amounts.update({name: amount - self.amounts[name] for name, amount in amounts.items()})

    def end_run(self, run: str) -> None:
        if self._run == run:
            self._run, self._stopped = "", False


class FakeJobs:
    """`email_list.aws.job_table` in memory, for one job."""

    def __init__(self) -> None:
        self.job: RecountJob | None = None

    def create(self, job: RecountJob) -> RecountJob:
        self.job = replace(job, id="recount-1")
        return self.job

    def get(self, job_id: str) -> RecountJob | None:
        return self.job if self.job and self.job.id == job_id else None

    def recent(self, limit: int) -> list[RecountJob]:
        return [self.job] if self.job else []

    def advance(self, job: RecountJob, **changes: Any) -> RecountJob | None:
        if self.job is None or self.job.step != job.step:
            return None
        self.job = replace(job, step=job.step + 1, **changes)
        return self.job


class FakeFiles:
    """`email_list.aws.files` in memory."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.bodies[key] = body

    def chunks(self, key: str, offset: int) -> Iterator[bytes]:
        yield self.bodies[key][offset:]


class NoCampaigns:
    """A list that has sent nothing."""

    def newest_first(self, before: str | None = None) -> Sequence[Campaign]:
        return ()

    def recount(self, campaign_id: str) -> Mapping[str, tuple[int, int]]:
        raise LookupError(campaign_id)


class TurnByTurn:
    """A recount of which a turn takes one step, and a step as few people as it can."""

    def __init__(self, counters: FakeCounters, everyone: Any, wait: Callable[[float], None]) -> None:
        self.jobs = FakeJobs()
        sources = Sources(counters, everyone, NoCampaigns(), NoCampaigns())
        self.recount = Recount(sources, self.jobs, FakeFiles(), part=1, wait=wait)

    def run(self) -> Sequence[Any]:
        """The corrections that it makes."""
        job = self.recount.begin(1, lambda: 0.0)
        while not job.is_over:
            job = self.recount.go_on(job.id, lambda: 0.0)
        assert job.status == DONE
        return job.shown()["corrections"]


class World:
    """People who come and go, the stream of their changes, and somebody else who counts them by watching."""

    def __init__(self, subscribers: Any) -> None:
        self._table = subscribers
        self._people = SubscriberTable(subscribers)
        self._now = START
        self._items: dict[str, Any] = {}
        self.stream: list[dict[str, Any]] = []
        self.days: Counter[str] = Counter()

    def totals(self) -> dict[str, int]:
        items = self._table.scan()["Items"]
        return dict(Counter(item["status"] for item in items if "status" in item))

    def does(self, email: str, what: str) -> None:
        """Let one thing happen to one person, if it can."""
        self._now += timedelta(hours=5)
        at = iso(self._now)
        before = self._items.get(email)
        getattr(self, f"_{what}")(email, at)
        after = self._items[email] = self._stored(email)
        if before != after:
            self._watch(before, after, at)
            self._record(email, before, after)

    def _watch(self, before: Any, after: Any, at: str) -> None:
        was, is_ = (item["status"] if item else None for item in (before, after))
        day = at[:10]
        if is_ == "active" and was != "active":
            self.days[f"{day}#joined"] += 1
        if was == "active" and is_ != "active":
            self.days[f"{day}#left"] += 1
        if (asked := _asked(after)) and asked != _asked(before):
            self.days[f"{asked[:10]}#requested"] += 1

    def _record(self, email: str, before: Any, after: Any) -> None:
        number = len(self.stream) + 1
        images = {"OldImage": _image(before), "NewImage": _image(after)}
        self.stream.append(
            {
                "eventID": f"event-{number}",
                "dynamodb": {
                    "Keys": {"email": {"S": email}},
                    "SequenceNumber": f"{number:025d}",
                    "ApproximateCreationDateTime": self._now.timestamp(),
                    **{name: image for name, image in images.items() if image is not None},
                },
            }
        )

    def _stored(self, email: str) -> Any:
        return self._table.get_item(Key={"email": email}).get("Item")

    def _join(self, email: str, at: str) -> None:
        person = Subscriber(email, Status.ACTIVE, at, source="api")
        self._people.add(person, Evidence(at=at, source="api"), Act.JOIN)

    def _ask(self, email: str, at: str) -> None:
        wanted = Subscriber(email, Status.PENDING, at, source="form")
        self._people.begin_confirmation(wanted, Evidence(at=at, source="form"), f"wish of {email}", at, 2**31)

    def _confirm(self, email: str, at: str) -> None:
        self._people.confirm(email, f"wish of {email}", Evidence(at=at))

    def _leave(self, email: str, at: str) -> None:
        self._people.unsubscribe(email, at, "too_often: every day!")

    def _bounce(self, email: str, at: str) -> None:
        item = self._stored(email)
        if item and item["status"] in ("active", "unsubscribed"):
            history = [*item.get("history", []), {"at": at, "what": "bounced"}]
            self._table.put_item(Item={**item, "status": "bounced", "history": history})

    def _reactivate(self, email: str, at: str) -> None:
        self._people.reactivate(email, at)

    def _rename(self, email: str, at: str) -> None:
        self._people.edit(email, {"name": at})

    def _erase(self, email: str, at: str) -> None:
        self._people.erase(email, f"hash of {email}", at)


def _asked(item: Any) -> str | None:
    """When somebody asked for a confirmation, as far as it shows."""
    if item and item["status"] == "pending":
        return item["subscribed_date"]
    return item["consent"].get("requested", {}).get("at") if item and "consent" in item else None


def _image(item: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: TypeSerializer().serialize(value) for name, value in item.items()} if item else None
