"""The tables' streams, as Lambda passes them on (DynamoDB developer guide, "StreamRecord")."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from email_list.aws.subscriber_items import record
from email_list.campaigns.changes import CampaignChange
from email_list.clock import iso
from email_list.people.changes import PersonChange
from email_list.sequences.changes import PlaceChange
from email_list.sequences.places import Group

_DESERIALIZER = TypeDeserializer()


def change(told: Mapping[str, Any]) -> PersonChange | CampaignChange | PlaceChange | None:
    """What a stream record is about; None for an item that is no person, no campaign and no place in a sequence."""
    details = told["dynamodb"]
    keys, before, after = (_item(details.get(image)) for image in ("Keys", "OldImage", "NewImage"))
    at = iso(datetime.fromtimestamp(float(details["ApproximateCreationDateTime"]), UTC))
    if keys and "sequence" in keys:
        return _place_change(told["eventID"], at, before, after)
    if keys and "email" in keys:
        order = int(details["SequenceNumber"])
        return PersonChange(told["eventID"], order, at, keys["email"], record(before), record(after))
    if after is None or after["pk"] != "CAMPAIGNS":
        return None
    return CampaignChange(
        id=told["eventID"],
        at=at,
        campaign=after["sk"],
        before=before["status"] if before else None,
        status=after["status"],
        subject=after["subject"],
        planned=int(after["plan"]["people"]),
        finished_at=after.get("finished_at"),
    )


def _place_change(
    id_: str, at: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> PlaceChange | None:
    if after is None or "group" not in after:
        return None
    return PlaceChange(
        id=id_,
        at=at,
        email=after["email"],
        sequence=after["sequence"],
        before=Group(before["group"]) if before else None,
        group=Group(after["group"]),
        entered_at=after["entered_at"],
        ended_at=after["at"],
    )


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {name: _DESERIALIZER.deserialize(value) for name, value in image.items()}
