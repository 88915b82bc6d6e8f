"""Restarting stalled campaigns."""

from functools import cache

from email_list.campaigns.sweeping import Sweeper
from handlers.wiring import engine


@cache
def sweeper() -> Sweeper:
    still = engine.settings().still
    return Sweeper(engine.store(), engine.queue(), engine.handover(), engine.starter(), engine.account(), still)
