"""Restarting stalled campaigns."""

from functools import cache

from email_list.campaigns.sweeping import Sweeper
from handlers.wiring import engine, removal


@cache
def sweeper() -> Sweeper:
    still = engine.settings().still
    going_on = engine.queue(), engine.handover(), engine.starter(), engine.account()
    return Sweeper(engine.store(), *going_on, removal.templates(), still)
