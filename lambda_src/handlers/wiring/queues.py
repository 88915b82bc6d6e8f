"""The queues that take work for other functions."""

import os
from functools import cache

from contract import Env
from email_list.aws.queue import Queue


@cache
def to(variable: Env) -> Queue:
    return Queue(os.environ[variable])
