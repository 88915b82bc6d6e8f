"""One-time schedules of EventBridge Scheduler, each of which starts the planner for one campaign and then
disappears."""

import json
from datetime import UTC, datetime
from typing import Any


class PlannerSchedule:
    """The `Schedule` of production: schedules in one group, named by campaign. `client` is a boto3 Scheduler client."""

    def __init__(self, client: Any, group: str, planner_arn: str, role_arn: str) -> None:
        self._client = client
        self._group = group
        self._planner_arn = planner_arn
        self._role_arn = role_arn

    def set(self, campaign_id: str, moment: datetime) -> None:
        """Start the campaign then, to the second. Scheduling it twice is harmless."""
        try:
            self._client.create_schedule(
                Name=campaign_id,
                GroupName=self._group,
                ScheduleExpression=f"at({moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": self._planner_arn,
                    "RoleArn": self._role_arn,
                    "Input": json.dumps({"campaign": campaign_id}),
                },
            )
        except self._client.exceptions.ConflictException:
            return

    def remove(self, campaign_id: str) -> None:
        """Do not start it any more; nothing happens if there is no schedule."""
        try:
            self._client.delete_schedule(Name=campaign_id, GroupName=self._group)
        except self._client.exceptions.ResourceNotFoundException:
            return
