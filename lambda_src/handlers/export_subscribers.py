"""From the exports queue: bring an export forward."""

import json
import os
from functools import cache
from typing import Any

from email_list.aws.clients import dynamodb_table, storage_client
from email_list.aws.files import Files
from email_list.aws.job_table import JobTable
from email_list.aws.queue import Queue
from email_list.aws.subscriber_listing import SubscriberListing
from email_list.people.exports import Export, Exporter
from email_list.private_logs import keep_private
from handlers.shared.time_left import has_time


@cache
def _exporter() -> Exporter:
    return Exporter(
        JobTable(dynamodb_table(os.environ["RECORDS_TABLE"]), Export),
        Files(storage_client(), os.environ["FILES_BUCKET"]),
        SubscriberListing(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"])),
    )


@cache
def _continuations() -> Queue:
    return Queue(os.environ["EXPORTS_QUEUE"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one): an error leaves it in the queue, to be tried again."""
    for record in event["Records"]:
        job_id = json.loads(record["body"])["id"]
        if not _exporter().run(job_id, has_time(context)):
            _continuations().send(json.dumps({"id": job_id}))
