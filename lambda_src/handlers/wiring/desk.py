"""The desk of the functions that create and control campaigns."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from contract import Env
from email_list.aws.clients import client
from email_list.aws.feedback_table import FeedbackTable
from email_list.aws.schedule import PlannerSchedule
from email_list.aws.segment_table import SegmentTable
from email_list.aws.ses_press import SesPress
from email_list.campaigns.desk import Desk
from email_list.campaigns.letters import Writer
from email_list.mail import writing
from email_list.mail.warnings import Composed
from email_list.people.segments import Segments
from handlers.wiring import engine, letters, links, settings, tables


@cache
def desk() -> Desk:
    press = SesPress(client("sesv2"), os.environ[Env.STACK])
    schedule = PlannerSchedule(
        client("scheduler"),
        os.environ[Env.SCHEDULE_GROUP],
        os.environ[Env.PLANNER_ARN],
        os.environ[Env.SCHEDULE_ROLE],
    )
    feedback = FeedbackTable(tables.records())
    write, rate = Writer(settings.of_list(), links.links()).letter, engine.pace().rate
    find_filter = Segments(SegmentTable(tables.records())).filter
    return Desk(engine.store(), feedback, press, _compose, find_filter, write, schedule, engine.starter(), rate)


def _compose(request: Mapping[str, Any]) -> Composed:
    return writing.compose(request, settings.of_list(), letters.find_template())
