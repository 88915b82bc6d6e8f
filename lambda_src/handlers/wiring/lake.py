"""The streams into the event lake."""

import os
from functools import cache

from contract import Env
from email_list.aws.clients import client
from email_list.aws.firehose import Firehose


@cache
def stream(variable: Env) -> Firehose:
    return Firehose(client("firehose"), os.environ[variable])
