"""Saved filters, and whom campaigns reached, which filters may ask about."""

from functools import cache

from email_list.aws.campaign_reach import CampaignReach
from email_list.aws.segment_table import SegmentTable
from email_list.aws.subscriber_walk import SubscriberWalk
from email_list.people.segments import Segments
from handlers.wiring import tables


@cache
def segments() -> Segments:
    return Segments(SegmentTable(tables.records()))


def walk() -> SubscriberWalk:
    return SubscriberWalk(tables.people())


def reached() -> CampaignReach:
    return CampaignReach(tables.records())
