"""From the imports queue: bring an import forward. S3 puts a message there for every file stored under `imports/`."""

import json
import os
from functools import cache
from typing import Any

from email_list.aws.clients import dynamodb_table, storage_client
from email_list.aws.files import Files
from email_list.aws.import_table import ImportTable
from email_list.aws.job_table import JobTable
from email_list.aws.queue import Queue
from email_list.people.imports import Import, Importer, job_id_of
from email_list.private_logs import keep_private
from handlers.shared import wiring
from handlers.shared.time_left import has_time


@cache
def _importer() -> Importer:
    return Importer(
        JobTable(dynamodb_table(os.environ["RECORDS_TABLE"]), Import),
        Files(storage_client(), os.environ["FILES_BUCKET"]),
        ImportTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"])),
        wiring.fingerprints(),
        [topic.name for topic in wiring.topics()],
    )


@cache
def _continuations() -> Queue:
    return Queue(os.environ["IMPORTS_QUEUE"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one): an error leaves it in the queue, to be tried again."""
    for record in event["Records"]:
        for job_id in _job_ids(json.loads(record["body"])):
            if not _importer().run(job_id, has_time(context)):
                _continuations().send(json.dumps({"id": job_id}))


def _job_ids(message: dict[str, Any]) -> list[str]:
    """From our own continuation, or from S3's notice; S3's test message, sent once at set-up, names none."""
    if "id" in message:
        return [message["id"]]
    return [job_id_of(record["s3"]["object"]["key"]) for record in message.get("Records", [])]
