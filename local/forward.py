"""Lets a day pass for the sequences of a running stack, so that a series of weeks can be watched in a minute.

Everybody inside comes a day nearer to their next email, and so do the alarms that start the runner; what is due then is
sent as ever. All else, such as the schedules of campaigns and the age of links, keeps its own time.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from local.emulator import EmulatorError
from local.resources import Cloud

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
_RUNNER = "-run_sequences-"


def a_day(cloud: Cloud) -> int:
    """Let a day pass; returns how many people an email becomes due to. EmulatorError while the stack is not up yet."""
    now, table = datetime.now(UTC), _table(cloud)
    due: Counter[str] = Counter()
    later: set[tuple[str, datetime]] = set()
    for place in list(_waiting(cloud, table, now)):
        at = datetime.fromisoformat(place["at"]["S"]) - DAY
        _move(cloud, table, place, at)
        if at <= now:
            due[place["sequence"]["S"]] += 1
        else:
            later.add((place["sequence"]["S"], at.replace(second=0, microsecond=0) + MINUTE))
    if due or later:
        alarm = _any_alarm(cloud)
        for sequence, minute in later:
            _set(cloud, alarm, sequence, minute)
        for sequence in due:
            start = json.dumps({"sequence": sequence})
            cloud.client("lambda").invoke(FunctionName=alarm["Target"]["Arn"], InvocationType="Event", Payload=start)
    return due.total()


def _table(cloud: Cloud) -> str:
    found = [name for name in cloud.client("dynamodb").list_tables()["TableNames"] if "-places-" in name]
    if not found:
        raise EmulatorError("the stack is not up yet")
    return found[0]


def _waiting(cloud: Cloud, table: str, now: datetime) -> Iterator[dict[str, Any]]:
    """The places of those inside whose next email is not due yet."""
    pages = (
        cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=table,
            FilterExpression="#group = :inside AND #at > :now",
            ExpressionAttributeNames={"#group": "group", "#at": "at"},
            ExpressionAttributeValues={":inside": {"S": "inside"}, ":now": {"S": _iso(now)}},
        )
    )
    for page in pages:
        yield from page["Items"]


def _move(cloud: Cloud, table: str, place: dict[str, Any], at: datetime) -> None:
    """Set when somebody is due. A run that is at work on this place finds it changed, and looks again."""
    client = cloud.client("dynamodb")
    try:
        client.update_item(
            TableName=table,
            Key={"email": place["email"], "sequence": place["sequence"]},
            UpdateExpression="SET #at = :at ADD revision :one",
            ConditionExpression="revision = :known",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={
                ":at": {"S": _iso(at)},
                ":one": {"N": "1"},
                ":known": place["revision"],
            },
        )
    except client.exceptions.ConditionalCheckFailedException:
        return  # a run has just moved them on: their next email is another one


def _any_alarm(cloud: Cloud) -> dict[str, Any]:
    """An alarm of the runner: there is one for anyone who waits."""
    client = cloud.client("scheduler")
    found = [each for page in client.get_paginator("list_schedules").paginate() for each in page["Schedules"]]
    alarm = next(each for each in found if _RUNNER in each["Target"]["Arn"])
    shown: dict[str, Any] = client.get_schedule(Name=alarm["Name"], GroupName=alarm["GroupName"])
    return shown


def _set(cloud: Cloud, alarm: dict[str, Any], sequence: str, minute: datetime) -> None:
    client = cloud.client("scheduler")
    try:
        client.create_schedule(
            Name=f"{sequence}-forward-{minute:%Y%m%dT%H%M}",
            GroupName=alarm["GroupName"],
            ScheduleExpression=f"at({minute:%Y-%m-%dT%H:%M:%S})",
            ScheduleExpressionTimezone="UTC",
            FlexibleTimeWindow=alarm["FlexibleTimeWindow"],
            ActionAfterCompletion="DELETE",
            Target={**alarm["Target"], "Input": json.dumps({"sequence": sequence})},
        )
    except client.exceptions.ConflictException:
        return  # it is set


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
