"""Records of a table's stream, as Lambda hands them over (DynamoDB developer guide, "StreamRecord")."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from email_list.clock import iso

_DESERIALIZER = TypeDeserializer()


def images(record: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The item before and after a change; None where there was, or is, none."""
    details = record["dynamodb"]
    return _item(details.get("OldImage")), _item(details.get("NewImage"))


def moment(record: Mapping[str, Any]) -> str:
    """When the change happened, ISO 8601 in UTC."""
    return iso(datetime.fromtimestamp(float(record["dynamodb"]["ApproximateCreationDateTime"]), UTC))


def _item(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {name: _DESERIALIZER.deserialize(value) for name, value in image.items()}
