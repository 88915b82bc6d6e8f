"""Queueing batches again, when a campaign is resumed or messages were lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from email_list.campaigns.ledger import State
from email_list.campaigns.store import CampaignStore, WorkQueue
from email_list.clock import Clock, utc_now

ROWS_AT_ONCE = 500
"""State rows read at once."""


class Handover:
    """Finds waiting batches. `grace` is how long a claim is left alone."""

    def __init__(self, store: CampaignStore, queue: WorkQueue, grace: timedelta, clock: Clock = utc_now) -> None:
        self._store = store
        self._queue = queue
        self._grace = grace
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
        campaign = self._store.get(campaign_id)
        while campaign is not None and first <= campaign.plan.rows:
            last = min(first + ROWS_AT_ONCE - 1, campaign.plan.rows)
            self._queue.put(campaign_id, list(self._waiting(campaign_id, first, last, abandoned_only)))
            first = last + 1
            if first <= campaign.plan.rows and out_of_time():
                return first
        return None

    def _waiting(self, campaign_id: str, first: int, last: int, abandoned_only: bool) -> Iterator[int]:
        states = {batch.number: batch for batch in self._store.batches(campaign_id, first, last)}
        now = self._clock()
        for number in range(first, last + 1):
            batch = states.get(number)
            if batch is None or batch.state is State.OPEN:
                if not abandoned_only:
                    yield number
            elif batch.state is State.CLAIMED and not batch.held_for(now, self._grace):
                yield number
