"""Erasing a person, whether they ask for it themselves or an administrator does it for them."""

import json
import os
from functools import cache

from email_list.aws.queue import Queue
from email_list.clock import iso, utc_now
from handlers.shared import wiring


@cache
def _erasures() -> Queue:
    return Queue(os.environ["ERASURES_QUEUE"])


def erase(email: str) -> bool:
    """Delete the person at once, and have their traces in past campaigns removed soon; False for nobody.

    The message goes first: if the deletion then fails, erasing again is harmless, a forgotten trace is not.
    """
    _erasures().send(json.dumps({"email": email}))
    return wiring.people().erase(email, wiring.fingerprints().of(email), iso(utc_now()))
