"""Sending batches of campaigns."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import sending_client
from email_list.aws.last_look import LastLookTables
from email_list.aws.ses_mailer import SesMailer
from email_list.campaigns.letters import Writer
from email_list.campaigns.sending import Sender
from email_list.metrics import Metrics
from email_list.people.subscribers import Subscriber
from email_list.settings import may_track
from handlers.wiring import engine, links, settings, tables


@cache
def sender() -> Sender:
    names = (os.environ[name] for name in (Env.CONFIGURATION_SET, Env.TRACKED_CONFIGURATION_SET, Env.STACK))
    mailer = SesMailer(sending_client(), settings.of_list(), *names)
    write = Writer(settings.of_list(), links.links()).letter
    last_look, patience = LastLookTables(tables.records(), tables.people()), engine.settings()
    told = Metrics(os.environ[Env.STACK])
    grace, recheck = patience.grace, patience.quota_recheck
    parts = engine.store(), last_look, write, _tracks, mailer, engine.pace(), told, grace, recheck
    return Sender(*parts, warm_up=engine.warm_up())


def _tracks(person: Subscriber) -> bool:
    return may_track(settings.of_list(), consents=person.tracked)
