"""Lists of up to ten million people: what each kind of work on them takes, in time, money, and what it asks of AWS.

The product's own workers and adapters ask a server that makes people when they are read (`benchmarks.generated`). What
counts is their own processor time, divided by the share of a processor that the deployed function's memory gives it,
and `CALL_SECONDS` for each call to AWS, of which some kinds of work have several under way at once: so the figures say
nothing of the server, and little of the machine. What does not take long is measured whole; of everything else a
stretch, at the far end of the list, where it would be slow if being far in cost anything: the whole takes as many times
more.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks import generated, prices
from benchmarks.cost import CALL_SECONDS
from benchmarks.figures import Aim, Figure, Findings
from benchmarks.files import Files
from benchmarks.generated import BATCH, PEOPLE, RECORDS, address, joined, served
from benchmarks.meter import READ, WRITE
from benchmarks.share import share
from benchmarks.stage import Process
from email_list import cursors
from email_list.campaigns import choosing
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Campaign, Plan, Position
from email_list.campaigns.campaign import Status as CampaignStatus
from email_list.clock import utc_now
from email_list.people.subscribers import Status
from tests.unit.domain.counter_world import FakeFiles, NoCampaigns

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
STRETCH = 10_000
PAGE = 100


@dataclass(frozen=True)
class Spent:
    """What some work on so many people took."""

    people: int
    calls: Counter[str]
    read: float
    write: float
    processor: float


@dataclass(frozen=True)
class Work:
    """One kind of work, done by a function with so much memory, in MB, which has so many calls under way at once.
    `whole` says that all of it is done here, on a list of `at_most` so many people: of a longer one, each part takes
    as long."""

    name: str
    function: str
    memory: int
    at_once: int
    do: Callable[[int], Callable[[], None]]
    whole: bool = False
    at_most: int = SIZES[-1]
    least: float | None = None
    """People a second that it is to reach."""

    def seconds(self, memory: int, processor: float, calls: float) -> float:
        """How long it takes with so many MB, where it takes so many seconds of a whole processor, and calls."""
        return processor / share(memory) + CALL_SECONDS * calls / self.at_once


# The works: each is made ready, and then done


def _plan(size: int) -> Callable[[], None]:
    from email_list.aws.campaign_table import CampaignTable
    from email_list.aws.queue import BatchQueue
    from email_list.aws.subscriber_walk import SubscriberWalk
    from email_list.campaigns.planning import Planner

    behind = size - STRETCH
    begun = Position(joined(behind - 1), address(behind - 1)) if behind else None
    plan = Plan(behind // BATCH, behind // BATCH, behind, begun)
    at = joined(size)
    store = CampaignTable(_table(RECORDS))
    store.create(Campaign("C1", CampaignStatus.PLANNING, "News", at, at, cutoff=at, batch_size=BATCH, plan=plan))
    people, queue = SubscriberWalk(_table(PEOPLE)), BatchQueue("http://sqs/batches")
    planner = Planner(store, people, lambda *_: (), queue, lambda: BATCH, timedelta(hours=1))

    def work() -> None:
        planner.plan("C1", lambda: False)
        _check(store.get("C1"), lambda campaign: campaign.plan.people == size)

    return work


def _list(size: int) -> Callable[[], None]:
    from email_list.aws.subscriber_listing import SubscriberListing

    listing = SubscriberListing(_table(PEOPLE))
    cursor = cursors.encode([Status.ACTIVE, joined(size // 2), address(size // 2)])

    def work() -> None:
        _check(listing.page(Status.ACTIVE, PAGE, cursor), lambda page: len(page.subscribers) == PAGE)

    # A function that has answered before has its connections.
    work()
    return work


def _count(size: int) -> Callable[[], None]:
    from email_list.aws.subscriber_walk import SubscriberWalk

    walk, audience = SubscriberWalk(_table(PEOPLE)), Audience(("News",))
    test, reads = choosing.test_of(audience, utc_now(), None), choosing.reads(audience)
    return lambda: _check(walk.count(test, reads, lambda: True), lambda found: found.count == size // 2)


def _erase(size: int) -> Callable[[], None]:
    from email_list.aws.campaign_traces import CampaignTraces
    from email_list.campaigns.erasing import Eraser, Search

    eraser, person = Eraser(CampaignTraces(_table(RECORDS))), size // 3
    search = Search(address(person), [joined(person)])
    return lambda: _check(eraser.run(search, lambda: True), lambda left: left is None)


def _import(size: int) -> Callable[[], None]:
    from email_list.aws.import_table import ImportTable
    from email_list.aws.job_table import JobTable
    from email_list.people.fingerprints import Fingerprints
    from email_list.people.flags import flag
    from email_list.people.importing import Importer
    from email_list.people.imports import Import

    jobs = JobTable(_table(RECORDS), Import)
    job = jobs.create(Import(status="waiting", created_at=joined(0)))
    importer = Importer(jobs, Files(STRETCH), ImportTable(_table(PEOPLE)), Fingerprints("key").of, (), flag)

    def work() -> None:
        importer.run(job.id, lambda: True)
        _check(jobs.get(job.id), lambda done: done.added == STRETCH)

    return work


def _export(size: int) -> Callable[[], None]:
    from email_list.aws.job_table import JobTable
    from email_list.aws.subscriber_listing import SubscriberListing
    from email_list.people.exports import Export, Exporter

    jobs = JobTable(_table(RECORDS), Export)
    cursor = cursors.encode([Status.ACTIVE, joined(STRETCH), address(STRETCH)]) if size > STRETCH else None
    job = jobs.create(Export(status="running", created_at=joined(0), filter=Status.ACTIVE, cursor=cursor))
    exporter = Exporter(jobs, Files(0), SubscriberListing(_table(PEOPLE)), lambda *_: ())

    def work() -> None:
        exporter.run(job.id, lambda: True)
        _check(jobs.get(job.id), lambda done: done.rows == STRETCH)

    return work


def _recount(size: int) -> Callable[[], None]:
    from email_list.aws.everyone import Everyone
    from email_list.aws.job_table import JobTable
    from email_list.aws.recount_table import RecountTable
    from email_list.figures.recount import Recount, RecountJob, Sources

    records = _table(RECORDS)
    jobs, counters, campaigns = JobTable(records, RecountJob), RecountTable(records), NoCampaigns()
    sources = Sources(counters, Everyone(_table(PEOPLE)), campaigns, campaigns)
    recount = Recount(sources, jobs, FakeFiles(), wait=lambda seconds: None)
    position, now = address(size - STRETCH - 1) if size > STRETCH else None, joined(size)
    begun = RecountJob(
        status="running", created_at=now, moved_at=now, run=counters.open_run(), settling=0, position=position
    )
    job = jobs.create(begun)

    def work() -> None:
        recount.go_on(job.id, lambda: 900.0)
        _check(jobs.get(job.id), lambda done: done.rows == STRETCH and done.is_over)

    return work


WORKS = (
    Work("planning", "plan_campaign", 1769, 1, _plan, least=4000),
    Work("import", "import_subscribers", 1769, 8, _import, least=1500),
    Work("export", "export_subscribers", 1769, 8, _export),
    Work("recount", "recount", 1769, 1, _recount),
    Work("counting an audience", "drafts", 1024, 4, _count, whole=True, at_most=10 * STRETCH),
    Work("a page of the list", "list_subscribers", 1024, 8, _list, whole=True),
    Work("erasing from a campaign to all", "erase_history", 1769, 1, _erase, whole=True),
)


def _table(name: str) -> Any:
    from email_list.aws.clients import dynamodb_table

    return dynamodb_table(name)


def _check(found: Any, holds: Callable[[Any], bool]) -> None:
    if not holds(found):
        raise RuntimeError(f"not what was to come of it: {found}")


# Measuring


def measured(work: Work, size: int) -> Spent:
    """Do some work on a list of this size."""
    size = min(size, work.at_most)
    with served(size) as url:
        environment = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
        }
        return Process(environment, _do, work, size, url).result()


def _do(work: Work, size: int, url: str) -> Spent:
    do = work.do(size)
    generated.counts(url)
    began = time.process_time()
    do()
    processor = time.process_time() - began
    asked = generated.counts(url)
    calls = Counter(asked["calls"])
    return Spent(size if work.whole else STRETCH, calls, asked[READ], asked[WRITE], processor)


@dataclass(frozen=True)
class Whole:
    """What the work on a whole list takes."""

    minutes: float
    dollars: float
    processor: float
    read: float
    write: float
    calls: float

    @classmethod
    def of(cls, work: Work, size: int, spent: Spent) -> "Whole":
        times = size / spent.people
        seconds = work.seconds(work.memory, spent.processor, spent.calls.total())
        gigabyte_seconds = seconds * work.memory / 1024
        dollars = (
            prices.DYNAMODB_READ * spent.read
            + prices.DYNAMODB_WRITE * spent.write
            + prices.LAMBDA_GB_SECOND * gigabyte_seconds
            + prices.SQS_REQUEST * spent.calls["SendMessageBatch"]
        )
        return cls(
            minutes=times * seconds / 60,
            dollars=times * dollars,
            processor=times * spent.processor,
            read=times * spent.read,
            write=times * spent.write,
            calls=times * spent.calls.total(),
        )


def run() -> Findings:
    """Every work at every size."""
    found = {work.name: {size: Whole.of(work, size, measured(work, size)) for size in SIZES} for work in WORKS}
    figures = [figure for work in WORKS for figure in _figures(work, found[work.name])]
    curves = {
        f"{what} of {work.name}": [[size, getattr(whole, what)] for size, whole in found[work.name].items()]
        for work in WORKS
        for what in ("minutes", "dollars")
    }
    notes = {
        name: {
            f"{size}": {key: round(value, 6) for key, value in vars(whole).items()} for size, whole in wholes.items()
        }
        for name, wholes in found.items()
    }
    return Findings(figures, curves, {"whole lists": notes})


def _figures(work: Work, wholes: Mapping[int, Whole]) -> list[Figure]:
    small, large = SIZES[0], SIZES[-1]
    first, last = wholes[small], wholes[large]
    if work.whole and work.at_most == SIZES[-1]:
        return [
            Figure(f"{work.name}, read units, of {large:,}", last.read, plain=first.read, exact=True),
            Figure(f"{work.name}, of {large:,}", 60_000 * last.minutes, "ms", plain=60_000 * first.minutes),
        ]
    speed = large / last.minutes / 60
    return [
        Figure(
            f"{work.name}, people a second, of {large:,}",
            speed,
            plain=small / first.minutes / 60,
            aim=Aim(least=work.least) if work.least else None,
        ),
        Figure(f"{work.name}, processor for 1,000 people", 1e6 * last.processor / large, "ms"),
        Figure(f"{work.name}, calls for 1,000 people", 1000 * last.calls / large, exact=True),
        Figure(f"{work.name}, minutes, of {large:,}", last.minutes),
        Figure(f"{work.name}, dollars, of {large:,}", last.dollars),
    ]
