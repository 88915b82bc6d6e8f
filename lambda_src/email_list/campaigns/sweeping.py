"""Sweeping: finding stalled campaigns and restarting them.

Everything in the engine advances by itself as long as nothing dies. The sweeper, which runs every few minutes, makes up
for what did: a planner that was not started or did not return, a batch whose worker vanished, a message that was lost,
a campaign that nobody marked as finished, a schedule that did not fire, a daily quota that has room again. It also
deletes the SES templates of finished campaigns. Everything it does may be done twice.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from email_list.account import Account
from email_list.campaigns.campaign import FINAL, Campaign, Status, Tally, moment_of, template_of
from email_list.campaigns.completion import finish_if_complete
from email_list.campaigns.handover import Handover
from email_list.campaigns.store import CampaignStore, Move, WorkQueue
from email_list.clock import Clock, from_iso, iso, utc_now

OVERDUE = timedelta(minutes=1)
"""How late a schedule may fire before the sweeper starts the campaign instead."""

LINGERS = timedelta(hours=1)
"""How long the template of a finished campaign is kept. A worker that saw the campaign running may call SES once more
within a minute, and creating a campaign takes no longer than that either."""

ROOM_SHARE = 0.1
"""Share of the daily quota that must be free, unless less is needed, before a campaign continues."""

logger = logging.getLogger(__name__)


class PlannerStarter(Protocol):
    """Starts `plan_campaign` in the background."""

    def start(self, campaign_id: str, *, again_from: int | None = None) -> None:
        """Have a campaign planned; first queue its batches again, from this row on."""
        ...


class Templates(Protocol):
    """The SES templates of this stack (`email_list.aws.stack_templates`)."""

    def discard(self, template: str) -> None:
        """Remove a template; nothing happens where there is none."""
        ...


class Sweeper:
    """Looks after unfinished campaigns. `still` is how long one may show no progress before it counts as stalled."""

    def __init__(
        self,
        store: CampaignStore,
        queue: WorkQueue,
        handover: Handover,
        starter: PlannerStarter,
        account: Callable[[], Account],
        templates: Templates,
        still: timedelta,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._queue = queue
        self._handover = handover
        self._starter = starter
        self._account = account
        self._templates = templates
        self._still = still
        self._clock = clock

    def sweep(self, out_of_time: Callable[[], bool]) -> None:
        """Look after every unfinished campaign. A failure with one does not keep the others waiting."""
        failures = []
        for campaign_id in self._store.unfinished():
            try:
                self._look_after(campaign_id, out_of_time)
            except Exception as error:
                logger.exception("sweep failed", extra={"campaign": campaign_id})
                failures.append(error)
        if failures:
            raise failures[0]

    def _look_after(self, campaign_id: str, out_of_time: Callable[[], bool]) -> None:
        campaign = self._store.get(campaign_id)
        if campaign is None:
            self._clear_away(campaign_id, template_of(campaign_id), moment_of(campaign_id))
        elif campaign.status in FINAL:
            self._clear_away(campaign_id, campaign.template, from_iso(campaign.finished_at or campaign.updated_at))
        elif campaign.status is Status.SCHEDULED:
            self._start_overdue(campaign)
        elif campaign.status is Status.PAUSED:
            self._resume_when_possible(campaign)
        elif not finish_if_complete(self._store, campaign_id, self._clock):
            self._push_on(campaign, out_of_time)

    def _clear_away(self, campaign_id: str, template: str, over: datetime) -> None:
        """Delete the template of a campaign that is over, or was never made, and look after it no longer."""
        if self._clock() >= over + LINGERS:
            self._templates.discard(template)
            self._store.forget_unfinished(campaign_id)

    def _start_overdue(self, campaign: Campaign) -> None:
        assert campaign.schedule_at is not None
        if self._clock() > from_iso(campaign.schedule_at) + OVERDUE:
            self._starter.start(campaign.id)

    def _resume_when_possible(self, campaign: Campaign) -> None:
        if campaign.resume_at is None or iso(self._clock()) < campaign.resume_at:
            return
        account = self._account()
        remaining = campaign.plan.people - self._store.tally(campaign.id).people
        enough = ROOM_SHARE * (account.daily_quota or 0)
        if campaign.plan.complete:
            enough = min(enough, remaining)
        if account.campaign_room >= max(1, enough):
            resume(self._store, self._starter, campaign, self._clock)

    def _push_on(self, campaign: Campaign, out_of_time: Callable[[], bool]) -> None:
        """Restart a running campaign that has shown no progress for some time."""
        if self._clock() < from_iso(last_progress(campaign, self._store.tally(campaign.id))) + self._still:
            return
        logger.warning("campaign restarted", extra={"campaign": campaign.id, "status": campaign.status.value})
        if self._queue.is_idle():
            self._starter.start(campaign.id, again_from=1)
            return
        first = self._store.swept_to(campaign.id)
        rest = self._handover.run(campaign.id, first, out_of_time, abandoned_only=True)
        if (rest or 1) != first:
            self._store.note_swept(campaign.id, rest or 1)
        if campaign.status is Status.PLANNING:
            self._starter.start(campaign.id)


def last_progress(campaign: Campaign, tally: Tally) -> str:
    """When something last happened to a campaign."""
    return max(campaign.updated_at, tally.updated_at or "")


def resume(store: CampaignStore, starter: PlannerStarter, campaign: Campaign, clock: Clock) -> Campaign | None:
    """Let a paused campaign continue where it was; None if it is no longer paused."""
    target = Status.SENDING if campaign.plan.complete else Status.PLANNING
    resumed = store.move(campaign.id, {Status.PAUSED}, Move(target, at=iso(clock())))
    if resumed is not None:
        starter.start(campaign.id, again_from=1)
    return resumed
