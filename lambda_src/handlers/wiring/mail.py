"""The stack's own emails: confirmations, greetings, reports."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import client
from email_list.aws.transactional import TransactionalMailer
from handlers.wiring import settings


@cache
def mailer() -> TransactionalMailer:
    return TransactionalMailer(client("sesv2"), settings.of_list(), os.environ[Env.CONFIGURATION_SET])
