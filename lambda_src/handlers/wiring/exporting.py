"""The worker of exports."""

import os
from functools import cache

from contract import Env
from email_list.aws.campaign_reach import CampaignReach
from email_list.aws.clients import storage_client
from email_list.aws.files import Files
from email_list.aws.job_table import JobTable
from email_list.aws.subscriber_listing import SubscriberListing
from email_list.people.exports import Export, Exporter
from handlers.wiring import tables


@cache
def exporter() -> Exporter:
    files = Files(storage_client(), os.environ[Env.FILES_BUCKET])
    jobs, people = JobTable(tables.records(), Export), SubscriberListing(tables.people())
    return Exporter(jobs, files, people, CampaignReach(tables.records()))
