"""One-time schedules of EventBridge Scheduler, each of which starts a function and then disappears."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from email_list.clock import Clock, utc_now

MINUTE = timedelta(minutes=1)


class OneTimeSchedules:
    """Schedules in one group that start one function. `client` is a boto3 Scheduler client."""

    def __init__(self, client: Any, group: str, function_arn: str, role_arn: str) -> None:
        self._client = client
        self._group = group
        self._function_arn = function_arn
        self._role_arn = role_arn

    def create(self, name: str, moment: datetime, event: Mapping[str, Any]) -> bool:
        """Start the function with this event then, to the second; False if there is a schedule with this name."""
        try:
            self._client.create_schedule(
                Name=name,
                GroupName=self._group,
                ScheduleExpression=f"at({moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={"Arn": self._function_arn, "RoleArn": self._role_arn, "Input": json.dumps(event)},
            )
        except self._client.exceptions.ConflictException:
            return False
        return True

    def delete(self, name: str) -> None:
        """Do not start it any more; nothing happens if there is no such schedule."""
        try:
            self._client.delete_schedule(Name=name, GroupName=self._group)
        except self._client.exceptions.ResourceNotFoundException:
            return


class PlannerSchedule:
    """The `Schedule` of production: starts the planner, with schedules named by campaign."""

    def __init__(self, schedules: OneTimeSchedules) -> None:
        self._schedules = schedules

    def set(self, campaign_id: str, moment: datetime) -> None:
        """Start the campaign then, to the second. Scheduling it twice is harmless."""
        self._schedules.create(campaign_id, moment, {"campaign": campaign_id})

    def remove(self, campaign_id: str) -> None:
        """Do not start it any more; nothing happens if there is no schedule."""
        self._schedules.delete(campaign_id)


MAX_KNOWN = 10_000


class RunnerAlarm:
    """The `sequences.store.Alarm` of production: a schedule for each minute in which somebody is due, which this
    process does not set again, and one for each run."""

    def __init__(self, schedules: OneTimeSchedules, clock: Clock = utc_now) -> None:
        self._schedules = schedules
        self._clock = clock
        self._known: set[str] = set()

    def set(self, sequence_id: str, moment: datetime) -> None:
        """Have the runner look at a sequence when this minute is over."""
        minute = self._minute(moment)
        name = f"{sequence_id}-{minute:%Y%m%dT%H%M}"
        if name in self._known:
            return
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._schedules.create(name, minute, {"sequence": sequence_id})
        self._known.add(name)

    def watch(self, sequence_id: str, moment: datetime) -> str:
        """The same for one run, which may take it back by the name that is returned."""
        name = f"{sequence_id}-watch-{secrets.token_hex(6)}"
        self._schedules.create(name, self._minute(moment), {"sequence": sequence_id})
        return name

    def dismiss(self, watch: str) -> None:
        self._schedules.delete(watch)

    def _minute(self, moment: datetime) -> datetime:
        """The first full minute that is neither before this moment nor about to be over."""
        at = max(moment, self._clock() + timedelta(seconds=1)).astimezone(UTC)
        full = at.replace(second=0, microsecond=0)
        return full if full == at else full + MINUTE
