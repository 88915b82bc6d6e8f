"""The tables' streams, as Lambda passes them on (DynamoDB developer guide, "StreamRecord")."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from email_list.aws.subscriber_items import record
from email_list.campaigns.changes import CampaignChange
from email_list.clock import iso
from email_list.people.changes import PersonChange

_DESERIALIZER = TypeDeserializer()


def change(told: Mapping[str, Any]) -> PersonChange | CampaignChange | None:
    """What a stream record is about; None for an item that is neither a person nor a campaign."""
    details = told["dynamodb"]
    keys, before, after = (_item(details.get(image)) for image in ("Keys", "OldImage", "NewImage"))
    at = iso(datetime.fromtimestamp(float(details["ApproximateCreationDateTime"]), UTC))
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


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {name: _DESERIALIZER.deserialize(value) for name, value in image.items()}
