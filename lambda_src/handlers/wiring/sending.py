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
from handlers.wiring import engine, links, settings, tables


@cache
def sender() -> Sender:
    names = os.environ[Env.CONFIGURATION_SET], os.environ[Env.STACK]
    mailer = SesMailer(sending_client(), settings.of_list(), *names)
    write = Writer(settings.of_list(), links.links()).letter
    last_look, patience = LastLookTables(tables.records(), tables.people()), engine.settings()
    told = Metrics(os.environ[Env.STACK])
    return Sender(engine.store(), last_look, write, mailer, engine.pace(), told, patience.grace, patience.quota_recheck)
