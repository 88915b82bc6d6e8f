"""The archive as everybody reads it."""

from functools import cache

from email_list.aws.campaign_table import CampaignTable
from email_list.campaigns import issues
from email_list.campaigns.archive import Archive, sent_at
from email_list.campaigns.campaign import Campaign
from email_list.clock import from_iso
from email_list.http import Request
from email_list.pages.archive import Entry, Site
from handlers.wiring import archive as kept
from handlers.wiring import pages, settings, tables, zone


@cache
def archive() -> Archive:
    store = CampaignTable(tables.records())
    return Archive(store.get, store.newest, kept.store().get)


def site(request: Request) -> Site:
    of_list = settings.of_list()
    return Site(pages.theme(request), of_list.public_url, of_list.archive_noindex)


def entry(site: Site, campaign: Campaign) -> Entry:
    """An issue, with its day by the list's clocks."""
    moment = sent_at(campaign)
    return Entry(
        id=campaign.id,
        title=campaign.title,
        summary=campaign.summary,
        url=issues.web_url(site.public_url, campaign),
        moment=moment,
        day=from_iso(moment).astimezone(zone.of_list()).date(),
    )
