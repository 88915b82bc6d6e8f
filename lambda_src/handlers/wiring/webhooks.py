"""Delivering webhooks."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import read_secret
from email_list.webhooks import webhooks
from email_list.webhooks.delivery import Delivery


@cache
def delivery() -> Delivery:
    keys = webhooks.keys(read_secret(os.environ[Env.WEBHOOK_SECRETS_PARAMETER]))
    return Delivery(os.environ["WEBHOOK_URL"], keys, private=os.environ.get("WEBHOOK_MAY_BE_PRIVATE") == "true")
