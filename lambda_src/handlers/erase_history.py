"""From the erasures queue: remove an erased person from the audit, from sequences and from the ledgers of past
campaigns, in as many turns as it takes."""

import json
from typing import Any

from contract import Env
from email_list.campaigns.erasing import Search
from email_list.invocations import has_time
from email_list.people.subscribers import id_of
from email_list.private_logs import keep_private
from handlers.wiring import audit, erasing, queues


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one); an error leaves it in the queue to be tried again."""
    for record in event["Records"]:
        search = Search(**json.loads(record["body"]))
        audit.entries().forget(id_of(search.email))
        erasing.forget_places(search.email)
        left = erasing.eraser().run(search, has_time(context))
        if left:
            queues.to(Env.ERASURES_QUEUE).send(left.to_json(), left.wait)
