"""Comparing counters with what they count."""

import os
from functools import cache

from contract import Env
from email_list.aws.background import BackgroundFunction
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import client, storage_client
from email_list.aws.everyone import Everyone
from email_list.aws.feedback_table import FeedbackTable
from email_list.aws.files import Files
from email_list.aws.job_table import JobTable
from email_list.aws.recount_table import RecountTable
from email_list.figures.recount import Recount, RecountJob, Sources
from handlers.wiring import tables


@cache
def recount() -> Recount:
    records = tables.records()
    sources = Sources(RecountTable(records), Everyone(tables.people()), CampaignTable(records), FeedbackTable(records))
    return Recount(sources, JobTable(records, RecountJob), Files(storage_client(), os.environ[Env.FILES_BUCKET]))


def go_on_later(job: RecountJob) -> None:
    """Have this very function take another turn, if the recount is not over."""
    if not job.is_over:
        BackgroundFunction(client("lambda"), os.environ["AWS_LAMBDA_FUNCTION_NAME"]).start({"go_on": job.id})
