"""The desk of the function that keeps sequences, and what it finds in their letters."""

import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from contract import Env
from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import client
from email_list.aws.draft_table import DraftTable
from email_list.aws.feedback_table import FeedbackTable
from email_list.aws.place_table import PlaceTable
from email_list.aws.segment_table import SegmentTable
from email_list.aws.sequence_table import SequenceTable
from email_list.aws.ses_press import SesPress
from email_list.campaigns.letters import Writer
from email_list.campaigns.orders import Orders
from email_list.mail import previewing, writing
from email_list.mail.warnings import Warnings
from email_list.people.segments import Segments
from email_list.sequences.desk import SequenceDesk
from handlers.wiring import entering, letters, links, settings, tables


@cache
def desk() -> SequenceDesk:
    records = tables.records()
    compose = partial(writing.compose, settings=settings.of_list(), find_template=letters.find_template())
    press = SesPress(client("sesv2"), os.environ[Env.STACK])
    write = Writer(settings.of_list(), links.links()).letter
    orders = Orders(compose, write, press, DraftTable(records), Segments(SegmentTable(records)).filter)
    return SequenceDesk(
        *(SequenceTable(records), PlaceTable(tables.places()), CampaignTable(records), FeedbackTable(records)),
        *(orders, entering.starter(), settings.topic_names()),
    )


def warnings(letter: Mapping[str, Any]) -> Warnings:
    """What the author of a letter should know."""
    return previewing.warnings_so_far(letter, settings.of_list(), letters.find_template())
