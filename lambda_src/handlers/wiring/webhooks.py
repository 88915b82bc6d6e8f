"""Delivering webhooks."""

import json
import os
from functools import cache

from contract import Env
from email_list.aws.clients import read_secret
from email_list.webhooks import webhooks
from email_list.webhooks.delivery import Delivery


@cache
def delivery() -> Delivery:
    receiver = json.loads(read_secret(os.environ[Env.WEBHOOK_PARAMETER]))
    keys = webhooks.keys(receiver["secrets"])
    return Delivery(receiver["url"], keys, private=os.environ.get("WEBHOOK_MAY_BE_PRIVATE") == "true")
