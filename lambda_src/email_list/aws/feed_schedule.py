"""Schedules of EventBridge Scheduler by which feeds are looked at."""

import json
from typing import Any

from email_list.errors import InvalidError
from email_list.feeds.feed import Feed, Status


class FeedSchedule:
    """The `newsdesk.Timetable` of production: schedules in one group, named by feed. `client` is a boto3 Scheduler
    client."""

    def __init__(self, client: Any, group: str, sender_arn: str, role_arn: str) -> None:
        self._client = client
        self._group = group
        self._sender_arn = sender_arn
        self._role_arn = role_arn

    def set(self, feed: Feed) -> None:
        """Look at a feed by its cadence from now on, or not while it is paused. InvalidError for a time zone that
        nobody knows."""
        settings = {
            "Name": _name(feed.id),
            "GroupName": self._group,
            "State": "DISABLED" if feed.status is Status.PAUSED else "ENABLED",
            "ScheduleExpression": feed.wish.cadence.expression,
            "ScheduleExpressionTimezone": feed.wish.cadence.time_zone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self._sender_arn,
                "RoleArn": self._role_arn,
                # Scheduler fills in the moment, the same for every attempt (user guide, "Adding context attributes").
                "Input": json.dumps({"feed": feed.id, "period": "<aws.scheduler.scheduled-time>"}),
            },
        }
        try:
            try:
                self._client.create_schedule(**settings)
            except self._client.exceptions.ConflictException:
                self._client.update_schedule(**settings)
        except self._client.exceptions.ValidationException as error:
            message = f"There is no time zone {feed.wish.cadence.time_zone!r}. Use a name such as Europe/Berlin."
            raise InvalidError(message, details={"field": "cadence.time_zone"}) from error

    def remove(self, feed_id: str) -> None:
        """Look at it no longer; nothing happens if there is no schedule."""
        try:
            self._client.delete_schedule(Name=_name(feed_id), GroupName=self._group)
        except self._client.exceptions.ResourceNotFoundException:
            return


def _name(feed_id: str) -> str:
    return f"feed-{feed_id}"
