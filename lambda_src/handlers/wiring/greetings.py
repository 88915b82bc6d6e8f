"""Queueing a goodbye email, if the list is configured to send one."""

import json
import os

from contract import Env
from handlers.wiring import queues


def say_goodbye(email: str, language: str) -> None:
    """Have a goodbye sent, if this function was given the queue for it. What the person asked for is done: a goodbye
    that cannot be sent is no reason to tell them it failed."""
    if Env.GREETINGS_QUEUE in os.environ:
        queues.to(Env.GREETINGS_QUEUE).try_to_send(json.dumps({"email": email, "language": language}))
