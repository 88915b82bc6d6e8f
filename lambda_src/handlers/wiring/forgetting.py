"""Forgetting people who left."""

import os
from datetime import timedelta
from functools import cache

from email_list.aws.leavers import Leavers
from email_list.people.forgetting import Forgetting
from handlers.wiring import erasures, people, tables


@cache
def forgetting() -> Forgetting:
    after = timedelta(days=int(os.environ["FORGET_UNSUBSCRIBED_AFTER_DAYS"]))
    return Forgetting(Leavers(tables.people()), people.table(), erasures.erasure().erase, after)
