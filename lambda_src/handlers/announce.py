"""From the streams of both tables: hand what is worth telling to the queue of webhooks."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from email_list.aws.queue import Queue
from email_list.aws.stream_records import images, moment
from email_list.private_logs import keep_private
from email_list.webhooks import webhooks
from email_list.webhooks.webhooks import Announcement


@cache
def _queue() -> Queue:
    return Queue(os.environ["WEBHOOKS_QUEUE"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take a batch of changes; after an error all of it comes again, under the same ids."""
    found = [announcement for record in event["Records"] if (announcement := _announcement(record))]
    _queue().send_all([announcement.to_json() for announcement in found])


def _announcement(record: Mapping[str, Any]) -> Announcement | None:
    before, after = images(record)
    of = webhooks.of_person if "email" in record["dynamodb"]["Keys"] else webhooks.of_campaign
    return of(record["eventID"], moment(record), before, after)
