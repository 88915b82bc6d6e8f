"""From the imports queue: continue an import. S3 puts a message there for every file stored under `imports/`."""

import json
from typing import Any

from contract import Env
from email_list.invocations import has_time
from email_list.people.imports import job_id_of
from email_list.private_logs import keep_private
from handlers.wiring import importing, queues


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one); an error leaves it in the queue to be tried again."""
    for record in event["Records"]:
        for job_id in _job_ids(json.loads(record["body"])):
            if not importing.importer().run(job_id, has_time(context)):
                queues.to(Env.IMPORTS_QUEUE).send(json.dumps({"id": job_id}))


def _job_ids(message: dict[str, Any]) -> list[str]:
    """From our own continuation, or from S3's notice; S3's test message, sent once at set-up, names none."""
    if "id" in message:
        return [message["id"]]
    return [job_id_of(record["s3"]["object"]["key"]) for record in message.get("Records", [])]
