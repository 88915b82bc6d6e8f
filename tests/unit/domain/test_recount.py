"""A recount over its turns: what fails, what takes its place, and what operators see of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from email_list.campaigns.campaign import Campaign, Status
from email_list.clock import iso
from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.figures import recount
from email_list.figures.counting import alias
from email_list.figures.growth import TOTALS
from email_list.figures.recount import DONE, FAILED, LISTED, RUNNING, Recount, RecountJob, Sources
from email_list.figures.seen import counted, packed
from email_list.people.subscribers import Record
from email_list.people.subscribers import Status as Standing
from tests.unit.domain.counter_world import FakeCounters, FakeFiles, FakeJobs

START = datetime(2026, 11, 26, 12, tzinfo=UTC)


def no_time() -> float:
    return 0.0


def all_the_time() -> float:
    return 900.0


def people(count: int) -> list[Record]:
    at = iso(START)
    return [Record(f"person{n}@example.com", Standing.ACTIVE, at, source="form") for n in range(count)]


class Paged:
    """So many people at a time."""

    def __init__(self, everybody: Sequence[Record], at_once: int = 2) -> None:
        self._everybody = everybody
        self._at_once = at_once
        self.pages = 0
        self.failures = 0

    def page(self, after: str | None) -> tuple[Sequence[Record], str | None]:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("DynamoDB did not answer")
        self.pages += 1
        start = int(after or 0)
        end = start + self._at_once
        return self._everybody[start:end], str(end) if end < len(self._everybody) else None


class Results:
    """Campaigns, and how wrong the results of each are."""

    def __init__(self, wrong: Mapping[str, int], moving: Iterable[str] = ()) -> None:
        self._wrong = wrong
        self._moving = set(moving)
        self.compared: list[str] = []

    def newest_first(self, before: str | None = None) -> Sequence[Campaign]:
        at = iso(START)
        names = sorted((name for name in self._wrong if before is None or name < before), reverse=True)
        return [Campaign(name, Status.SENT, "News", created_at=at, updated_at=at) for name in names]

    def recount(self, campaign_id: str) -> Mapping[str, tuple[int, int]]:
        if campaign_id in self._moving:
            raise ConflictError("Too much comes in.")
        self.compared.append(campaign_id)
        return {f"o{number}": (1, 0) for number in range(self._wrong[campaign_id])}


class World:
    """A recount, and all that it works with."""

    def __init__(self, everyone: Paged | None = None, results: Results | None = None) -> None:
        self.now = START
        self.counters, self.jobs, self.files = FakeCounters(), FakeJobs(), FakeFiles()
        self.everyone, self.results = everyone or Paged(people(10)), results or Results({})
        sources = Sources(self.counters, self.everyone, self.results, self.results)
        self.recount = Recount(sources, self.jobs, self.files, part=4, clock=lambda: self.now, wait=self.wait)
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)

    def finish(self, job: RecountJob) -> RecountJob:
        while not job.is_over:
            job = self.recount.go_on(job.id, no_time)
        return job


def test_a_list_that_fits_into_one_turn_is_answered_at_once() -> None:
    world = World()
    job = world.recount.begin(60, all_the_time)
    assert (job.status, job.rows, world.waited) == (DONE, 10, [60.0])
    assert {found["counter"]: found["right"] for found in job.shown()["corrections"]}["TOTALS/active"] == 10
    assert world.counters.read(TOTALS) == {"active": 10}


def test_a_turn_takes_one_step_at_least_and_the_next_one_goes_on_after_it() -> None:
    world = World()
    job = world.recount.begin(0, no_time)
    assert (job.status, job.rows, world.everyone.pages) == (RUNNING, 4, 2)
    assert world.finish(job).status == DONE
    # Nobody was read twice.
    assert world.everyone.pages == 5
    assert world.counters.read(TOTALS) == {"active": 10}


def test_the_wait_until_all_is_counted_begins_when_all_is_read_and_is_left_to_a_turn_that_has_time_for_it() -> None:
    world = World()
    job = world.recount.begin(600, lambda: 300.0)
    assert (job.phase, job.rows, world.waited) == (recount.SETTLING, 10, [])
    world.now += timedelta(seconds=100)
    assert world.recount.go_on(job.id, all_the_time).status == DONE
    assert world.waited == [500.0]


def test_a_turn_that_fails_is_tried_again_from_what_is_stored() -> None:
    world = World()
    job = world.recount.begin(0, no_time)
    world.everyone.failures = 1
    with pytest.raises(ConnectionError):
        world.recount.go_on(job.id, no_time)
    assert world.finish(job).status == DONE
    assert world.counters.read(TOTALS) == {"active": 10}


def test_a_first_turn_that_fails_leaves_no_recount_in_the_way_of_the_next() -> None:
    world = World()
    world.everyone.failures = 1
    with pytest.raises(ConnectionError):
        world.recount.begin(0, no_time)
    assert world.recount.begin(0, all_the_time).status == DONE


def test_while_one_recount_is_under_way_another_is_refused() -> None:
    world = World()
    world.recount.begin(0, no_time)
    with pytest.raises(ConflictError, match="running"):
        world.recount.begin(0, no_time)


def test_two_workers_at_the_same_turn_count_nobody_twice() -> None:
    world = World()
    job = world.recount.begin(0, no_time)
    read = world.everyone.page

    def slowly(after: str | None) -> Any:
        world.everyone.page = read  # type: ignore[method-assign]
        world.recount.go_on(job.id, no_time)
        return read(after)

    world.everyone.page = slowly  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="another invocation"):
        world.recount.go_on(job.id, no_time)
    world.finish(job)
    assert world.counters.read(TOTALS) == {"active": 10}


def test_a_recount_whose_place_was_taken_is_failed_and_corrects_nothing() -> None:
    world = World()
    job = world.recount.begin(0, no_time)
    world.counters.end_run(job.run)
    assert world.finish(job).status == FAILED
    assert world.counters.read(TOTALS) == {}


def test_a_recount_that_nobody_brings_forward_is_shown_as_failed() -> None:
    world = World()
    job = world.recount.begin(0, no_time)
    world.now += timedelta(minutes=19)
    assert world.recount.progress(job.id).status == RUNNING
    world.now += timedelta(minutes=2)
    assert world.recount.progress(job.id).status == FAILED


def test_a_turn_of_a_recount_that_is_over_does_nothing() -> None:
    world = World()
    job = world.recount.begin(0, all_the_time)
    assert world.recount.go_on(job.id, all_the_time) == job


def test_campaigns_are_compared_over_as_many_turns_as_they_need_each_of_them_once() -> None:
    world = World(results=Results({"A": 1, "B": 0, "C": 2}, moving=["B"]))
    job = world.finish(world.recount.begin(0, no_time))
    assert world.results.compared == ["C", "A"]
    shown = job.shown()
    assert [found["counter"] for found in shown["corrections"] if "CAMPAIGN" in found["counter"]] == [
        *("CAMPAIGN#C/o0", "CAMPAIGN#C/o1", "CAMPAIGN#A/o0"),
    ]
    assert shown["busy"] == ["B"]


def test_of_very_many_corrections_as_many_are_listed_as_an_answer_holds_and_all_are_counted() -> None:
    world = World(Paged([]), Results({"A": 2 * LISTED}))
    shown = world.finish(world.recount.begin(0, no_time)).shown()
    assert (len(shown["corrections"]), shown["corrected"]) == (LISTED, 2 * LISTED)
    assert len(json.dumps(shown)) < 400_000


@pytest.mark.parametrize("settling", [-1, 601, "long", True, float("nan"), [1]])
def test_a_time_to_wait_that_cannot_be_is_refused_before_anything_begins(settling: object) -> None:
    world = World()
    with pytest.raises(InvalidError, match="settling_seconds"):
        world.recount.begin(settling, all_the_time)
    assert world.jobs.job is None


@pytest.mark.parametrize("unknown", ["", "nothing", 7, None])
def test_a_recount_that_there_is_not_is_not_found(unknown: object) -> None:
    with pytest.raises(NotFoundError):
        World().recount.progress(unknown)


def test_what_was_seen_takes_sixteen_bytes_a_person_and_gives_back_what_was_counted() -> None:
    everybody = people(1000)
    seen = packed(everybody, str)
    assert len(seen) < 16 * 1000 + 200
    assert counted(seen, but=())[TOTALS, "active"] == 1000
    assert counted(seen, but={alias(person.email) for person in everybody[:10]})[TOTALS, "active"] == 990
    assert counted(packed([], str), but=()) == {}
