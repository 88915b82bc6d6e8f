"""From the exports queue: continue an export."""

import json
from typing import Any

from contract import Env
from email_list.invocations import has_time
from email_list.private_logs import keep_private
from handlers.wiring import exporting, queues


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one); an error leaves it in the queue to be tried again."""
    for record in event["Records"]:
        job_id = json.loads(record["body"])["id"]
        if not exporting.exporter().run(job_id, has_time(context)):
            queues.to(Env.EXPORTS_QUEUE).send(json.dumps({"id": job_id}))
