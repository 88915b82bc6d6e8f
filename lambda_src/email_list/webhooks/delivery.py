"""Sending one event to the webhook's receiver."""

import json
import logging
import time
from collections.abc import Sequence
from http.client import HTTPException

from email_list.webhooks import webhooks
from email_list.webhooks.guarded_post import ForbiddenAddressError, post

logger = logging.getLogger(__name__)


class Delivery:
    """Delivers events to `url`, signed with `keys`; into a private network only if it may be `private`."""

    def __init__(self, url: str, keys: Sequence[bytes], *, private: bool) -> None:
        self._url = url
        self._keys = keys
        self._private = private

    def deliver(self, body: str, attempt: int) -> int | None:
        """Send an event; None if it was accepted, otherwise the number of seconds until the next attempt."""
        event_id = json.loads(body)["id"]
        obstacle = self._send(event_id, body)
        if not obstacle:
            return None
        pause = webhooks.pause(attempt)
        details = {"webhook": event_id, "attempt": attempt, "obstacle": obstacle, "pause": pause}
        logger.warning("webhook not delivered", extra=details)
        return pause

    def _send(self, event_id: str, body: str) -> str:
        """Send an event; returns what went wrong, or nothing."""
        headers = webhooks.headers(self._keys, event_id, int(time.time()), body)
        try:
            status = post(self._url, body.encode(), headers, private=self._private)
        except (OSError, HTTPException, ForbiddenAddressError) as error:
            return f"{type(error).__name__}: {error}"
        return "" if 200 <= status < 300 else f"status {status}"
