"""Letters that are being written: where they are kept, and test emails."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import sending_client
from email_list.aws.draft_table import DraftTable
from email_list.aws.transactional import TransactionalMailer
from email_list.aws.trial_table import TrialTable
from handlers.wiring import settings, tables


def store() -> DraftTable:
    return DraftTable(tables.records())


def trials() -> TrialTable:
    return TrialTable(tables.records())


@cache
def mailer() -> TransactionalMailer:
    """A test that arrives twice does less harm than one that is reported as failed but arrives; it is not tried again,
    so that the editor who waits hears of an error at once."""
    return TransactionalMailer(sending_client(), settings.of_list(), os.environ[Env.CONFIGURATION_SET])
