"""Direct invocation: compare the counters with what they count, and correct those that differ.

Subscriber counters are compared with the table, and campaign results with what came back about each recipient, for as
long as that is kept. Takes `{}`, or `{"settling_seconds": n}`: how long counting a change takes at most, by default a
minute. Invoke it with a read timeout of 900 seconds, and not while counting fails (an alarm reports that). Answers with
the `corrections`, and with the campaigns that received too much feedback meanwhile (`busy`): recount them later.
"""

from email_list.errors import InvalidError
from email_list.figures.recount import SETTLING_SECONDS
from email_list.http import Request, Response, json_response
from email_list.router import Router
from handlers.wiring import audit, recounting

MAX_SETTLING = 600

handler = Router("recount", audit=audit.enter)


@handler.direct
def _recount(request: Request) -> Response:
    settling = request.fields.get("settling_seconds", SETTLING_SECONDS)
    if not isinstance(settling, int | float) or not 0 <= settling <= MAX_SETTLING:
        message = f"settling_seconds must be a number from 0 to {MAX_SETTLING}."
        raise InvalidError(message, details={"field": "settling_seconds"})
    corrections = recounting.of_people(settling).run()
    of_campaigns, busy = recounting.of_campaigns().run()
    told = [
        {"counter": "/".join(found.counter), "counted": found.counted, "right": found.right}
        for found in [*corrections, *of_campaigns]
    ]
    return json_response(200, {"corrections": told, "busy": busy})
