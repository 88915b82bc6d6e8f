"""Planning campaigns."""

from functools import cache

from email_list.aws.campaign_reach import CampaignReach
from email_list.aws.subscriber_walk import SubscriberWalk
from email_list.campaigns.planning import Planner
from handlers.wiring import engine, tables


@cache
def planner() -> Planner:
    people, lateness = SubscriberWalk(tables.people()), engine.settings().lateness
    reached = CampaignReach(tables.records())
    release = engine.handover().release if engine.warm_up() else None
    return Planner(engine.store(), people, reached, engine.queue(), engine.pace().batch_size, lateness, release=release)
