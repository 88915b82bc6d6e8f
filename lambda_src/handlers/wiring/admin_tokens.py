"""The administrators' tokens, and the count of refused ones."""

import os
from functools import cache

from contract import Env
from email_list.admin_tokens import AdminTokens
from email_list.aws.clients import read_secret
from email_list.metrics import Metrics


@cache
def tokens() -> AdminTokens:
    return AdminTokens.from_json(read_secret(os.environ[Env.ADMIN_TOKENS_PARAMETER]))


@cache
def metrics() -> Metrics:
    return Metrics(os.environ[Env.STACK])
