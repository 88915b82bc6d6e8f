"""Removing erased people from the history of campaigns."""

from functools import cache

from email_list.aws.campaign_traces import CampaignTraces
from email_list.campaigns.erasing import Eraser
from handlers.wiring import tables


@cache
def eraser() -> Eraser:
    return Eraser(CampaignTraces(tables.records()))
