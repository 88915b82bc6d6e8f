"""Letters that are being written: whom they reach, and test emails."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import sending_client
from email_list.aws.counter_table import CounterTable
from email_list.aws.transactional import TransactionalMailer
from email_list.figures.growth import TOPICS, TOTALS
from email_list.people.subscribers import Status
from handlers.wiring import settings, tables


def active(topic: str | None) -> int:
    """How many people are active, or are active and want a topic, according to the counters."""
    counters = CounterTable(tables.records())
    if topic is not None:
        return counters.read(TOPICS, topic, topic).get(topic, 0)
    return counters.read(TOTALS).get(Status.ACTIVE.value, 0)


@cache
def mailer() -> TransactionalMailer:
    """A test that arrives twice does less harm than one that is reported as failed but arrives; it is not tried again,
    so that whoever waits hears of an error at once."""
    return TransactionalMailer(sending_client(), settings.of_list(), os.environ[Env.CONFIGURATION_SET])
