"""What the tables' streams report."""

from collections.abc import Mapping
from typing import Any

from email_list.aws import streams
from email_list.campaigns.changes import CampaignChange
from email_list.people.changes import PersonChange


def of(event: Mapping[str, Any]) -> list[PersonChange | CampaignChange]:
    """The changes of people and campaigns in a batch of stream records."""
    return [change for record in event["Records"] if (change := streams.change(record))]
