"""Queueing a `welcome` or `goodbye` email, if the list is configured to send them."""

import json
import os

from contract import Env
from handlers.wiring import queues


def ask_for(kind: str, email: str, language: str) -> None:
    """Have a greeting sent, if this function was given the queue for it. What the person asked for is done: a greeting
    that cannot be sent is no reason to tell them it failed."""
    if Env.GREETINGS_QUEUE in os.environ:
        queues.to(Env.GREETINGS_QUEUE).try_to_send(json.dumps({"kind": kind, "email": email, "language": language}))
