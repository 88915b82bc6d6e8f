"""Erasing people."""

from functools import cache

from contract import Env
from email_list.people.erasure import Erasure
from handlers.wiring import people, queues, secrets


@cache
def erasure() -> Erasure:
    return Erasure(people.table(), queues.to(Env.ERASURES_QUEUE), secrets.fingerprint)
