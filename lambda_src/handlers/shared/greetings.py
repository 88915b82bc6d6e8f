"""Leaving a welcome or goodbye to be mailed, where the list is configured to send them."""

import json
import logging
import os

from botocore.exceptions import BotoCoreError, ClientError

from email_list.aws.queue import Queue

logger = logging.getLogger(__name__)


def ask_for(kind: str, email: str, language: str) -> None:
    """Have a greeting of this kind sent, if this function was given the queue for it."""
    queue = os.environ.get("GREETINGS_QUEUE")
    if not queue:
        return
    try:
        Queue(queue).send(json.dumps({"kind": kind, "email": email, "language": language}))
    except (BotoCoreError, ClientError):
        # What the person asked for is done; that it cannot be celebrated is no reason to tell them it failed.
        logger.exception("a greeting was not queued", extra={"kind": kind})
