"""What the environment tells the campaign engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class CampaignSettings:
    """How the engine behaves.

    `grace` is how long the recipients of a call without a response are left alone while SES's events arrive, and the
    measure of the engine's other patience; it is longer than a worker lives after its claim (about 20 seconds).
    `lateness` is how late a scheduled campaign may still begin.
    """

    grace: timedelta
    lateness: timedelta

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "CampaignSettings":
        """KeyError names the variable that the program did not set."""
        return cls(
            grace=timedelta(seconds=int(environment["SETTLEMENT_GRACE_SECONDS"])),
            lateness=timedelta(minutes=int(environment["SCHEDULE_LATENESS_MINUTES"])),
        )

    @property
    def still(self) -> timedelta:
        """How long a campaign may show no progress before the sweeper restarts it."""
        return 2 * self.grace

    @property
    def quota_recheck(self) -> timedelta:
        """How long a campaign that reached the daily quota rests before it looks for room."""
        return 2 * self.grace
