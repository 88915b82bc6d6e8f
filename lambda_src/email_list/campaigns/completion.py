"""When a campaign is over."""

import logging

from email_list.campaigns.campaign import Status, is_complete
from email_list.campaigns.store import CampaignStore, Move
from email_list.clock import Clock, iso, utc_now

logger = logging.getLogger(__name__)


def finish_if_complete(store: CampaignStore, campaign_id: str, clock: Clock = utc_now) -> bool:
    """Mark a campaign `sent` once the numbers add up: planned = sent + failed + skipped + unknown.

    Called by whatever finishes a batch or the plan, and by the sweeper. The plan is read before the tally: both only
    grow, so if the numbers add up, they were complete.
    """
    campaign = store.get(campaign_id)
    if campaign is None or campaign.status is not Status.SENDING or not campaign.plan.complete:
        return False
    tally = store.tally(campaign_id)
    if not is_complete(campaign, tally):
        return False
    if store.move(campaign_id, {Status.SENDING}, Move(Status.SENT, at=iso(clock()))) is None:
        return False
    counts = {"sent": tally.sent, "failed": tally.failed, "skipped": tally.skipped, "unknown": tally.unknown}
    logger.info("campaign sent", extra={"campaign": campaign_id, **counts})
    return True
