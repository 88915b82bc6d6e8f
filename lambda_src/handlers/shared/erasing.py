"""Erasing people; apart, since only the functions that do it have the queue."""

import os
from functools import cache

from email_list.aws.queue import Queue
from email_list.people.erasure import Erasure
from handlers.shared import wiring


@cache
def erasure() -> Erasure:
    return Erasure(wiring.people(), Queue(os.environ["ERASURES_QUEUE"]), wiring.fingerprint)
