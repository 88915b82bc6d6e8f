"""What campaigns and sequences know about one person."""

from functools import cache
from typing import TYPE_CHECKING, Any

from handlers.wiring import tables

if TYPE_CHECKING:
    from email_list.campaigns.history import History


@cache
def history() -> "History":
    # Loaded for the few who download their data, not for all who choose topics.
    from email_list.aws.campaign_table import CampaignTable
    from email_list.aws.campaign_traces import CampaignTraces
    from email_list.aws.feedback_table import FeedbackTable
    from email_list.campaigns.history import History

    records = tables.records()
    return History(CampaignTraces(records), CampaignTable(records), FeedbackTable(records))


def of_sequences(email: str) -> list[dict[str, Any]]:
    from email_list.aws.place_table import PlaceTable
    from email_list.aws.sequence_table import SequenceTable
    from email_list.sequences import memory

    return memory.known(email, PlaceTable(tables.places()), SequenceTable(tables.records()).get, history())
