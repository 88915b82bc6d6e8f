"""The daily snapshot of the list and its campaigns for the event lake."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from email_list.figures.growth import DAYS
from email_list.figures.lake import Row, campaign_row, growth_rows
from email_list.figures.results import CampaignResult

GROWTH_DAYS = 400
"""Days whose counters are written again each time, so that a recount reaches the lake."""

CAMPAIGN_DAYS = 90
"""How long after its start the figures of a campaign may still change."""

MAX_CAMPAIGNS = 1000


class Counters(Protocol):
    def read(self, book: str, first: str, last: str) -> Mapping[str, int]: ...


class Results(Protocol):
    def started_between(self, first: str, last: str, limit: int) -> Sequence[CampaignResult]: ...


def growth(counters: Counters, now: datetime) -> Iterator[Row]:
    """How the list grew, day by day."""
    return growth_rows(counters.read(DAYS, _days_before(now, GROWTH_DAYS), _days_before(now, 0)), now)


def campaigns(results: Results, now: datetime) -> Iterator[Row]:
    """The campaigns of some months."""
    found = results.started_between(_days_before(now, CAMPAIGN_DAYS), _days_before(now, 0), MAX_CAMPAIGNS)
    return (campaign_row(campaign, now) for campaign in found)


def _days_before(now: datetime, days: int) -> str:
    return (now - timedelta(days=days)).date().isoformat()
