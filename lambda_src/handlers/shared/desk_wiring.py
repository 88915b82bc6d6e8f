"""The desk of the functions that create and steer campaigns; apart from the engine's wiring, since it loads the
libraries that compose letters."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from email_list.aws.clients import client, dynamodb_table
from email_list.aws.feedback_table import FeedbackTable
from email_list.aws.schedule import PlannerSchedule
from email_list.aws.ses_press import SesPress
from email_list.aws.template_store import TemplateTable
from email_list.campaigns.desk import Desk
from email_list.campaigns.letters import Writer
from email_list.mail import writing
from email_list.mail.templates import finder
from email_list.mail.warnings import Composed
from handlers.shared import campaign_wiring, link_wiring, wiring


@cache
def desk() -> Desk:
    press = SesPress(client("sesv2"), os.environ["STACK"])
    schedule = PlannerSchedule(
        client("scheduler"),
        os.environ["SCHEDULE_GROUP"],
        os.environ["PLANNER_ARN"],
        os.environ["SCHEDULE_ROLE"],
    )
    engine = campaign_wiring
    feedback = FeedbackTable(dynamodb_table(os.environ["RECORDS_TABLE"]))
    write, rate = Writer(wiring.settings(), link_wiring.links()).letter, engine.pace().rate
    return Desk(engine.store(), feedback, press, _compose, write, schedule, engine.starter(), rate)


@cache
def _find_template() -> writing.FindTemplate:
    return finder(TemplateTable(dynamodb_table(os.environ["RECORDS_TABLE"])))


def _compose(request: Mapping[str, Any]) -> Composed:
    return writing.compose(request, wiring.settings(), _find_template())
