"""Reading one feed, for the functions that know what to do with it. This one has no permissions at all: what it reads
is a stranger's."""

import os
from dataclasses import asdict
from typing import Any

from email_list.feeds.fetching import fetch
from email_list.feeds.problem import FeedError
from email_list.feeds.reading import read
from email_list.private_logs import keep_private

PRIVATE = "FEEDS_MAY_BE_PRIVATE"


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes `url`, `etag` and `modified`; returns the `reading` (null if nothing has changed), or the `problem`."""
    try:
        fetched = fetch(event["url"], event["etag"], event["modified"], private=PRIVATE in os.environ)
        reading = asdict(read(fetched)) if fetched.content is not None else None
    except FeedError as error:
        return {"problem": error.problem.to_json()}
    return {"reading": reading, "etag": fetched.etag, "modified": fetched.modified}
