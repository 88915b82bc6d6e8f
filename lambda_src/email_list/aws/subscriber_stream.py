"""The subscribers table's stream, as Lambda hands it over (DynamoDB developer guide, "StreamRecord")."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from email_list.clock import iso
from email_list.counting import Change, alias
from email_list.growth import standing

_DESERIALIZER = TypeDeserializer()


def change(record: Mapping[str, Any]) -> Change:
    """The change that a record tells of."""
    details = record["dynamodb"]
    return Change(
        id=record["eventID"],
        order=int(details["SequenceNumber"]),
        person=alias(details["Keys"]["email"]["S"]),
        before=standing(_item(details.get("OldImage"))),
        after=standing(_item(details.get("NewImage"))),
        at=iso(datetime.fromtimestamp(float(details["ApproximateCreationDateTime"]), UTC)),
    )


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {name: _DESERIALIZER.deserialize(value) for name, value in image.items()}
