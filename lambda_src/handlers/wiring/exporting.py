"""The worker of exports."""

import os
from functools import cache

from contract import Env
from email_list.aws.background import BackgroundFunction
from email_list.aws.campaign_reach import CampaignReach
from email_list.aws.clients import client, storage_client
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


@cache
def itself() -> BackgroundFunction:
    return BackgroundFunction(client("lambda"), os.environ["AWS_LAMBDA_FUNCTION_NAME"])
