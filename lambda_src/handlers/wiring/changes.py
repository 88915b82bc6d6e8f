"""What the tables' streams report."""

from collections.abc import Mapping
from typing import Any

from email_list.aws import streams
from email_list.campaigns.changes import CampaignChange
from email_list.people.changes import PersonChange
from email_list.sequences.changes import PlaceChange


def of(event: Mapping[str, Any]) -> list[PersonChange | CampaignChange | PlaceChange]:
    """The changes of people, campaigns and places in a batch of stream records."""
    return [change for record in event["Records"] if (change := streams.change(record))]
