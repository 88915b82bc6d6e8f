"""Direct invocation: compare the subscribers' counters with the table, and mend those that differ.

Takes `{}`, or `{"settling_seconds": n}`: how long the counting of a change takes at most, a minute by default. It is to
be invoked with a read timeout of 900 seconds, and not while the counting fails (the alarm says so).
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

from email_list.aws.all_people import all_people
from email_list.aws.clients import dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.counting import SETTLING_SECONDS, Recount
from email_list.errors import InvalidError
from email_list.http import Request, Response, endpoint, json_response

MAX_SETTLING = 600


@cache
def _counters() -> CounterTable:
    return CounterTable(dynamodb_table(os.environ["CAMPAIGNS_TABLE"]))


def _everyone() -> Iterator[dict[str, Any]]:
    return all_people(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))


@endpoint()
def handler(request: Request) -> Response:
    settling = request.json().get("settling_seconds", SETTLING_SECONDS)
    if not isinstance(settling, int | float) or not 0 <= settling <= MAX_SETTLING:
        message = f"settling_seconds is a number from 0 to {MAX_SETTLING}."
        raise InvalidError(message, details={"field": "settling_seconds"})
    corrections = [
        {"counter": "/".join(found.counter), "counted": found.counted, "right": found.right}
        for found in Recount(_counters(), _everyone, settling).run()
    ]
    return json_response(200, {"corrections": corrections})
