"""Running sequences."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from contract import Env
from email_list.aws.clients import client
from email_list.aws.line_table import LineTable
from email_list.aws.place_table import PlaceTable
from email_list.aws.sequence_table import SequenceTable
from email_list.aws.ses_press import SesPress
from email_list.campaigns.pace import PROMISED_TO_STEPS, Pace
from email_list.sequences.running import Runner, StepLook
from handlers.wiring import engine, entering, sending, tables, zone

AT_ONCE = 40
"""Batches in flight: most of the time each waits for its turn. So many take turns four seconds ahead at 500 emails a
second, which is what puts steps before campaigns (`pace.PROMISED_TO_STEPS`)."""


@cache
def runner(own_arn: str) -> Runner:
    """The runner, which has itself woken under this ARN."""
    records = tables.records()
    store, pace = SequenceTable(records), Pace(LineTable(records), engine.account(), promised=PROMISED_TO_STEPS)
    sender = sending.sender_at(pace, StepLook(sending.last_look(), store))
    discard = SesPress(client("sesv2"), os.environ[Env.STACK]).discard
    return Runner(
        *(store, PlaceTable(tables.places(), engine.store()), engine.store(), sender, pace.batch_size),
        *(entering.alarm(own_arn), ThreadPoolExecutor(AT_ONCE), discard, zone.of_list()),
    )
