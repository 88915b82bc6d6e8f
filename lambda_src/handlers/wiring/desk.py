"""The desk of the functions that create and control campaigns."""

import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from contract import Env
from email_list.aws.clients import client
from email_list.aws.draft_table import DraftTable
from email_list.aws.feedback_table import FeedbackTable
from email_list.aws.schedule import OneTimeSchedules, PlannerSchedule
from email_list.aws.segment_table import SegmentTable
from email_list.aws.ses_press import SesPress
from email_list.aws.trial_table import TrialTable
from email_list.campaigns.agenda import Agenda
from email_list.campaigns.desk import Desk
from email_list.campaigns.editing import Editor
from email_list.campaigns.letters import Writer
from email_list.campaigns.orders import Orders
from email_list.campaigns.preflight import LAST_CAMPAIGNS, Preflight
from email_list.campaigns.web_rendering import WebVersions
from email_list.mail import writing
from email_list.mail.warnings import Composed
from email_list.mail.writing import Examined
from email_list.people.segments import Segments
from handlers.wiring import archive, engine, letters, links, reach, settings, tables, zone


@cache
def desk() -> Desk:
    feedback, rate, of_list = FeedbackTable(tables.records()), engine.pace().rate, settings.of_list()
    archive_url = of_list.public_url if of_list.archive else None
    return Desk(engine.store(), feedback, _orders(), _agenda(), engine.starter(), rate, archive_url)


@cache
def editor() -> Editor:
    return Editor(engine.store(), _orders(), _drafts(), _agenda())


def preflight() -> Preflight:
    """For this request, whose time for counting begins."""
    recent = partial(engine.store().newest, LAST_CAMPAIGNS, None)
    trials, rate = TrialTable(tables.records()), engine.pace().rate
    parts = _orders(), _examine, reach.reach(), trials, recent, cache(engine.account()), rate, zone.of_list()
    return Preflight(*parts, warm_up=engine.warm_up())


def _orders() -> Orders:
    press = SesPress(client("sesv2"), os.environ[Env.STACK])
    find_filter = Segments(SegmentTable(tables.records())).filter
    write = Writer(settings.of_list(), links.links()).letter
    return Orders(_compose, write, press, _drafts(), find_filter, _web_versions())


def _web_versions() -> WebVersions | None:
    return WebVersions(archive.store(), settings.of_list()) if settings.of_list().archive else None


def _drafts() -> DraftTable:
    return DraftTable(tables.records())


def _agenda() -> Agenda:
    names = (Env.SCHEDULE_GROUP, Env.PLANNER_ARN, Env.SCHEDULE_ROLE)
    schedules = OneTimeSchedules(client("scheduler"), *(os.environ[name] for name in names))
    return Agenda(PlannerSchedule(schedules), engine.starter())


def _examine(letter: Mapping[str, Any]) -> Examined:
    return writing.examine(letter, settings.of_list(), letters.find_template())


def _compose(request: Mapping[str, Any]) -> Composed:
    return writing.compose(request, settings.of_list(), letters.find_template())
