"""Queueing batches again, when a campaign is resumed or messages were lost; during a warm-up, those whose turn it
is."""

import heapq
from collections.abc import Callable, Iterator
from datetime import timedelta

from email_list.campaigns.campaign import Gate
from email_list.campaigns.ledger import Batch, State
from email_list.campaigns.store import CampaignStore, WorkQueue
from email_list.campaigns.warm_up import WarmUp
from email_list.clock import Clock, utc_now

ROWS_AT_ONCE = 500
"""State rows read at once."""


class Handover:
    """Finds waiting batches. `grace` is how long a claim is left alone; a `warm_up` decides who comes first."""

    def __init__(
        self,
        store: CampaignStore,
        queue: WorkQueue,
        grace: timedelta,
        clock: Clock = utc_now,
        warm_up: WarmUp | None = None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._grace = grace
        self._warm_up = warm_up
        self._clock = clock

    def run(
        self,
        campaign_id: str,
        first: int,
        out_of_time: Callable[[], bool],
        *,
        abandoned_only: bool = False,
    ) -> int | None:
        """Queue every batch from row `first` on that is neither done nor held by a worker.

        With `abandoned_only`, only those that a worker claimed and left. A batch that was in the queue after all is
        then there twice, which is harmless. Returns the row to continue with when time is up, None at the end.
        """
        if self._warm_up is not None and not abandoned_only:
            self.release(campaign_id)
            return None
        campaign = self._store.get(campaign_id)
        while campaign is not None and first <= campaign.plan.rows:
            last = min(first + ROWS_AT_ONCE - 1, campaign.plan.rows)
            self._queue.put(campaign_id, list(self._waiting(campaign_id, first, last, abandoned_only)))
            first = last + 1
            if first <= campaign.plan.rows and out_of_time():
                return first
        return None

    def release(self, campaign_id: str) -> None:
        """During a warm-up: let the best readers of a planned campaign have what today has room for, and queue the
        batches that they are in. One is queued even without any room, to have the campaign wait for tomorrow."""
        assert self._warm_up is not None
        campaign = self._store.get(campaign_id)
        if campaign is None or not campaign.plan.complete:
            return
        room = max(1, self._warm_up.room())
        chosen = heapq.nsmallest(room, self._pending(campaign_id, campaign.plan.rows))
        if chosen:
            self._store.open_gate(campaign_id, chosen[-1])
            self._queue.put(campaign_id, sorted({place.row for place in chosen}))

    def _pending(self, campaign_id: str, rows: int) -> Iterator[Gate]:
        """The places of those who wait."""
        for first in range(1, rows + 1, ROWS_AT_ONCE):
            last = min(first + ROWS_AT_ONCE - 1, rows)
            states = self._store.batches(campaign_id, range(first, last + 1))
            for row in self._store.plan_rows(campaign_id, first, last):
                batch = states.get(row.number) or Batch.untouched(row)
                if not batch.held_for(self._clock(), self._grace):
                    yield from map(row.place, batch.pending)

    def _waiting(self, campaign_id: str, first: int, last: int, abandoned_only: bool) -> Iterator[int]:
        states = self._store.batches(campaign_id, range(first, last + 1))
        now = self._clock()
        for number in range(first, last + 1):
            batch = states.get(number)
            if batch is None or batch.state is State.OPEN:
                if not abandoned_only:
                    yield number
            elif batch.state is State.CLAIMED and not batch.held_for(now, self._grace):
                yield number
