"""The subscribers table's stream, as Lambda hands it over (DynamoDB developer guide, "StreamRecord")."""

from collections.abc import Mapping
from typing import Any

from email_list.aws.stream_records import images, moment
from email_list.figures.counting import Change, alias
from email_list.figures.growth import standing


def change(record: Mapping[str, Any]) -> Change:
    """The change that a record tells of."""
    details = record["dynamodb"]
    before, after = images(record)
    return Change(
        id=record["eventID"],
        order=int(details["SequenceNumber"]),
        person=alias(details["Keys"]["email"]["S"]),
        before=standing(before),
        after=standing(after),
        at=moment(record),
    )
