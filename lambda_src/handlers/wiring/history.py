"""What campaigns know about one person."""

from functools import cache
from typing import TYPE_CHECKING

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
