"""Planning: freezing a campaign's audience into batches.

The planner walks the active subscribers in the order in which they joined, up to the campaign's cut-off. Someone who
leaves and returns while it walks has a new date, after the cut-off, so nobody is met twice. Every row it writes says
where it ended and can be written only once: a planner that starts over, or a second one at the same time, finds the
existing rows and continues from their end. The campaign's own record of the plan lags behind the rows, and advances
only after the batches were queued, so that none is written and then never sent.
"""

import functools
import logging
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from email_list.campaigns import choosing, warm_up
from email_list.campaigns.audience import WalkPage
from email_list.campaigns.campaign import Campaign, Position, Reason, ReasonCode, Status
from email_list.campaigns.completion import finish_if_complete
from email_list.campaigns.ledger import PlannedBatch, extended
from email_list.campaigns.store import CampaignStore, Move, WorkQueue
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.people.filters import FindReached, Test
from email_list.people.subscribers import Subscriber

ROWS_AT_ONCE = 20
"""Plan rows that are written together, between two records of how far the plan has come."""

TOO_EARLY = timedelta(minutes=1)

logger = logging.getLogger(__name__)


class People(Protocol):
    """The walk through the active subscribers (`email_list.aws.subscriber_walk`, or a fake in tests)."""

    def walk(self, after: Position | None, cutoff: str, reads: frozenset[str]) -> WalkPage:
        """Active people who joined no later than `cutoff`, by date and address, beginning after a position.

        Of each, what `reads` names is known, besides address, status and date.
        """
        ...


class Planner:
    """Plans campaigns. `find_reached` tells a filter whom other campaigns reached, `batch_size` returns how many
    recipients one call may hold, `lateness` is how late a scheduled campaign may still begin. With `release`, as during
    a warm-up, the batches are queued by it once all are planned: the best readers come first."""

    def __init__(
        self,
        store: CampaignStore,
        people: People,
        find_reached: FindReached,
        queue: WorkQueue,
        batch_size: Callable[[], int],
        lateness: timedelta,
        clock: Clock = utc_now,
        release: Callable[[str], object] | None = None,
    ) -> None:
        self._store = store
        self._release = release
        self._people = people
        self._find_reached = find_reached
        self._queue = queue
        self._batch_size = batch_size
        self._lateness = lateness
        self._clock = clock

    def plan(self, campaign_id: str, out_of_time: Callable[[], bool]) -> bool:
        """Plan a campaign to its end, or until time is up: True if the rest is for another invocation.

        Nothing happens to a campaign that is not due, is paused, or is planned already.
        """
        campaign = self._begin(campaign_id)
        if campaign is None:
            return False
        if not campaign.plan.complete:
            campaign = self._extend(campaign, out_of_time)
        if campaign.status is not Status.PLANNING:
            return False
        if not campaign.plan.complete:
            return True
        if self._release is not None:
            self._release(campaign_id)
        self._store.move(campaign_id, {Status.PLANNING}, Move(Status.SENDING, at=self._now()))
        finish_if_complete(self._store, campaign_id, self._clock)
        return False

    def _begin(self, campaign_id: str) -> Campaign | None:
        """The campaign, with its audience frozen, if it is to be planned now."""
        campaign = self._store.get(campaign_id)
        if campaign is None:
            logger.error("no such campaign", extra={"campaign": campaign_id})
            return None
        if campaign.status is Status.SCHEDULED:
            campaign = self._start_scheduled(campaign)
        if campaign is None or campaign.status is not Status.PLANNING:
            return None
        if campaign.cutoff is None:
            campaign = self._store.freeze(campaign_id, self._now(), self._batch_size())
        return campaign

    def _start_scheduled(self, campaign: Campaign) -> Campaign | None:
        assert campaign.schedule_at is not None
        now, due = self._clock(), from_iso(campaign.schedule_at)
        if now < due - TOO_EARLY:
            return None
        if now <= due + self._lateness:
            move = Move(Status.PLANNING, at=iso(now), edits=campaign.edits)
            return self._store.move(campaign.id, {Status.SCHEDULED}, move)
        message = (
            f"It was due at {campaign.schedule_at} and could not start until {iso(now)}, so it was not sent: its "
            "moment may have passed. To send it anyway, create it again."
        )
        reason = Reason(ReasonCode.TOO_LATE, message)
        move = Move(Status.FAILED, at=iso(now), reason=reason, edits=campaign.edits)
        if self._store.move(campaign.id, {Status.SCHEDULED}, move):
            logger.error("scheduled campaign refused: too late", extra={"campaign": campaign.id})
        return None

    def _extend(self, campaign: Campaign, out_of_time: Callable[[], bool]) -> Campaign:
        """Write plan rows until the plan is complete, the campaign is no longer `planning`, or time is up."""
        plan, cutoff = campaign.plan, campaign.cutoff
        assert cutoff is not None
        audience = campaign.audience
        wanted = choosing.test_of(audience, from_iso(cutoff), self._find_reached)
        reads, band = choosing.reads(audience), _no_band
        if self._release is not None:
            reads, band = reads | warm_up.READS, functools.partial(warm_up.band, now=from_iso(cutoff))
        walk = _Walk(self._people, plan.position, cutoff, reads)
        while True:
            proposed = list(walk.rows(wanted, campaign.batch_size, plan.rows + 1, out_of_time, band))
            rows = self._store.add_plan_rows(campaign.id, proposed)
            if rows[-1] != proposed[len(rows) - 1]:
                walk = _Walk(self._people, rows[-1].end, cutoff, reads)
            plan = functools.reduce(extended, rows, plan)
            if self._release is None:
                self._queue.put(campaign.id, [row.number for row in rows if row.recipients])
            campaign = self._store.planned(campaign.id, plan, self._now())
            if plan.complete or out_of_time() or campaign.status is not Status.PLANNING:
                return campaign

    def _now(self) -> str:
        return iso(self._clock())


def _no_band(person: Subscriber) -> str:
    return ""


class _Walk:
    """A walk through the active subscribers, from one position to the cut-off."""

    def __init__(self, people: People, position: Position | None, cutoff: str, reads: frozenset[str]) -> None:
        self._people = people
        self._cutoff = cutoff
        self._reads = reads
        self._ahead: deque[Subscriber] = deque()
        self._more = True
        self.position = position

    @property
    def at_end(self) -> bool:
        """Whether it is known that nobody follows."""
        return not self._more and not self._ahead

    def rows(
        self, wanted: Test, size: int, first: int, out_of_time: Callable[[], bool], band: Callable[[Subscriber], str]
    ) -> Iterator[PlannedBatch]:
        """The next plan rows, of `size` people each and the first with this number; fewer at the end, or when time is
        up."""
        for number in range(first, first + ROWS_AT_ONCE):
            people = self.gather(wanted, size, out_of_time)
            recipients, bands = tuple(person.email for person in people), "".join(map(band, people))
            yield PlannedBatch(number, recipients, self.position, self.at_end, bands)
            if self.at_end or out_of_time():
                return

    def gather(self, wanted: Test, size: int, out_of_time: Callable[[], bool]) -> list[Subscriber]:
        """The next `size` people in the audience; fewer at the end.

        Fewer also when time is up, but only after some steps, so that even a sparse audience is walked to its end.
        """
        gathered: list[Subscriber] = []
        pages = 0
        while len(gathered) < size and not self.at_end:
            if not self._ahead:
                if pages and out_of_time():
                    break
                self._read_page()
                pages += 1
                continue
            person = self._ahead.popleft()
            self.position = Position(person.subscribed_date, person.email)
            if wanted(person):
                gathered.append(person)
        return gathered

    def _read_page(self) -> None:
        page = self._people.walk(self.position, self._cutoff, self._reads)
        self._ahead.extend(page.people)
        self._more = page.more
