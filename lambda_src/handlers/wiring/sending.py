"""Sending batches of campaigns and sequences."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import sending_client
from email_list.aws.last_look import LastLookTables
from email_list.aws.ses_mailer import SesMailer
from email_list.campaigns.letters import Writer
from email_list.campaigns.pace import Pace
from email_list.campaigns.sending import LastLook, Sender
from email_list.campaigns.warm_up import WarmUp
from email_list.metrics import Metrics
from email_list.people.subscribers import Subscriber
from email_list.settings import may_track
from handlers.wiring import engine, links, settings, tables


@cache
def sender() -> Sender:
    return sender_at(engine.pace(), last_look(), engine.warm_up())


def last_look() -> LastLook:
    return LastLookTables(tables.records(), tables.people())


def sender_at(pace: Pace, look: LastLook, warm_up: WarmUp | None = None) -> Sender:
    """A sender that takes its turns at this pace, and looks once more in this way. A warm-up holds back campaigns."""
    names = (os.environ[name] for name in (Env.CONFIGURATION_SET, Env.TRACKED_CONFIGURATION_SET, Env.STACK))
    mailer = SesMailer(sending_client(), settings.of_list(), *names)
    write = Writer(settings.of_list(), links.links()).letter
    told, patience = Metrics(os.environ[Env.STACK]), engine.settings()
    parts = engine.store(), look, write, _tracks, mailer, pace, told, patience.grace, patience.quota_recheck
    return Sender(*parts, warm_up=warm_up)


def _tracks(person: Subscriber) -> bool:
    return may_track(settings.of_list(), consents=person.tracked)
