"""The results of campaigns, from their ledgers' sums and from feedback (`email_list.aws.feedback_table`)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from typing import Any

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.feedback_table import FeedbackTable
from email_list.campaigns.campaign import Campaign
from email_list.figures.results import CampaignResult, Counts

PARALLEL_CALLS = 8


class CampaignResultTable:
    """`results.CampaignResults` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._campaigns = CampaignTable(table)
        self._feedback = FeedbackTable(table)

    def started_between(self, first: str, last: str, limit: int) -> Sequence[CampaignResult]:
        """Campaigns that started on these days or between them, the newest first; two queries for each."""
        # All of them: one that was held may start long after it was created.
        found = [campaign for campaign in self._campaigns.newest_first() if _started(campaign, first, last)][:limit]
        with ThreadPoolExecutor(PARALLEL_CALLS) as threads:
            return list(threads.map(self._result, found))

    def _result(self, campaign: Campaign) -> CampaignResult:
        tally, feedback = self._campaigns.tally(campaign.id), self._feedback.results(campaign.id)
        known = {**asdict(feedback), **asdict(tally), "planned": campaign.plan.people}
        return CampaignResult(
            id=campaign.id,
            subject=campaign.subject,
            status=campaign.status.value,
            started_at=campaign.cutoff or campaign.created_at,
            counts=Counts(**{each.name: known[each.name] for each in fields(Counts)}),
        )


def _started(campaign: Campaign, first: str, last: str) -> bool:
    return campaign.cutoff is not None and first <= campaign.cutoff[:10] <= last
