"""The agenda: when campaigns start by themselves."""

from datetime import datetime, timedelta
from typing import Protocol

from email_list.campaigns.campaign import Campaign, Status
from email_list.campaigns.sweeping import PlannerStarter
from email_list.clock import Clock, from_iso, utc_now

IMMINENT = timedelta(seconds=1)
"""A campaign this soon is started, not scheduled: EventBridge Scheduler takes whole seconds, and none in the past."""


class Schedule(Protocol):
    """One-time schedules (`email_list.aws.schedule`, or a fake in tests)."""

    def set(self, campaign_id: str, moment: datetime) -> None:
        """Start the campaign then. Scheduling it twice is harmless."""
        ...

    def remove(self, campaign_id: str) -> None:
        """Do not start it any more; nothing happens if there is no schedule."""
        ...


class Agenda:
    """Starts campaigns, at once or when they are due. If that fails, the sweeper makes up for it."""

    def __init__(self, schedule: Schedule, starter: PlannerStarter, clock: Clock = utc_now) -> None:
        self._schedule = schedule
        self._starter = starter
        self._clock = clock

    def enter(self, campaign: Campaign) -> None:
        """Have a campaign start when it should; doing it twice is harmless."""
        if campaign.status is Status.SCHEDULED and self.is_ahead(campaign):
            assert campaign.schedule_at is not None
            self._schedule.set(campaign.id, from_iso(campaign.schedule_at))
        elif campaign.status in (Status.SCHEDULED, Status.PLANNING):
            self._starter.start(campaign.id)

    def move(self, campaign: Campaign) -> None:
        """Enter a campaign again whose start has changed."""
        self._schedule.remove(campaign.id)
        self.enter(campaign)

    def strike(self, campaign: Campaign) -> None:
        """Do not start a campaign any more."""
        if campaign.schedule_at is not None:
            self._schedule.remove(campaign.id)

    def is_ahead(self, campaign: Campaign) -> bool:
        """Whether the campaign's start is still to come."""
        return campaign.schedule_at is not None and from_iso(campaign.schedule_at) > self._clock() + IMMINENT
