"""Removing erased people from the history of campaigns and sequences."""

from functools import cache

from email_list.aws.campaign_traces import CampaignTraces
from email_list.aws.place_table import PlaceTable
from email_list.campaigns.erasing import Eraser
from email_list.sequences import memory
from handlers.wiring import tables


@cache
def eraser() -> Eraser:
    return Eraser(CampaignTraces(tables.records()))


def forget_places(email: str) -> None:
    memory.forget(email, PlaceTable(tables.places()), CampaignTraces(tables.records()))
