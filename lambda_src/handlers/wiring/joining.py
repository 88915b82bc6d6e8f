"""Signing up."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import read_secret
from email_list.aws.limit_table import LimitTable
from email_list.people import captcha
from email_list.people.limits import HOUR, Limit
from email_list.people.signup import SignUps
from email_list.settings import SignUpPolicy
from handlers.wiring import people, queues, secrets, tables


@cache
def sign_ups() -> SignUps:
    policy = SignUpPolicy.from_environment(os.environ)
    limit = Limit("sign-up", policy.per_ip_and_hour, HOUR, LimitTable(tables.records()))
    parameter = os.environ.get(Env.CAPTCHA_SECRET_PARAMETER)
    check = captcha.turnstile(read_secret(parameter)) if parameter else captcha.off
    return SignUps(policy, limit, check, queues.to(Env.SIGNUPS_QUEUE), people.table(), secrets.fingerprint)
