"""From the streams of both tables: hand what is worth telling to the queue of webhooks."""

import os
from functools import cache
from typing import Any

from email_list.aws import streams
from email_list.aws.queue import Queue
from email_list.private_logs import keep_private
from email_list.webhooks import webhooks


@cache
def _queue() -> Queue:
    return Queue(os.environ["WEBHOOKS_QUEUE"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take a batch of changes; after an error all of it comes again, under the same ids."""
    changes = [change for record in event["Records"] if (change := streams.change(record))]
    told = [announcement for change in changes if (announcement := webhooks.announcement(change))]
    _queue().send_all([announcement.to_json() for announcement in told])
