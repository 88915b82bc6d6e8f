"""Direct invocation: compare the counters with what they count, and correct those that differ.

Subscriber counters are compared with the table, and campaign results with what came back about each recipient, for as
long as that is kept. Takes `{}`, or `{"settling_seconds": n}`: how long counting a change takes at most, by default a
minute. Invoke it with a read timeout of 900 seconds, and not while counting fails (an alarm reports that). Answers with
the `corrections`, and with the campaigns that received too much feedback meanwhile (`busy`): recount them later. A
recount that takes longer is answered as `running` and continues by itself; `{"id": id}` answers how far it is.
"""

import time
from typing import Any

from email_list.errors import InvalidError
from email_list.http import Request, Response, json_response
from email_list.private_logs import keep_private
from email_list.router import Router
from handlers.wiring import audit, recounting

answers = Router("recount", audit=audit.enter)


@answers.direct
def _recount(request: Request) -> Response:
    if len(request.fields) > 1:
        raise InvalidError("Give the id of an existing recount, or begin another.", details={"field": "id"})
    if "id" in request.fields:
        return json_response(200, recounting.recount().progress(request.fields["id"]).shown())
    settling, ends = request.fields.get("settling_seconds"), request.ends
    job = recounting.recount().begin(settling, lambda: ends - time.monotonic())
    recounting.go_on_later(job)
    return json_response(200 if job.is_over else 202, job.shown())


@keep_private
def handler(event: Any, context: Any) -> Any:
    """Answer an operator, or take another turn of a recount that is under way: `{"go_on": id}`."""
    if not isinstance(event, dict) or "go_on" not in event:
        return answers(event, context)
    job = recounting.recount().go_on(event["go_on"], lambda: context.get_remaining_time_in_millis() / 1000)
    recounting.go_on_later(job)
    return None
