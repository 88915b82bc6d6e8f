"""Direct invocation: compare the counters with what they count, and mend those that differ.

Those of subscribers with the table, and the results of campaigns with what came back about each recipient, as long as
that is kept. Takes `{}`, or `{"settling_seconds": n}`: how long the counting of a change takes at most, a minute by
default. It is to be invoked with a read timeout of 900 seconds, and not while the counting fails (the alarm says so).
Answers the `corrections`, and the campaigns about which too much came in meanwhile (`busy`): later again.
"""

from email_list.errors import InvalidError
from email_list.figures.recount import SETTLING_SECONDS
from email_list.http import Request, Response, json_response
from email_list.router import Router
from handlers.wiring import recounting

MAX_SETTLING = 600

handler = Router("recount")


@handler.direct
def _recount(request: Request) -> Response:
    settling = request.fields.get("settling_seconds", SETTLING_SECONDS)
    if not isinstance(settling, int | float) or not 0 <= settling <= MAX_SETTLING:
        message = f"settling_seconds is a number from 0 to {MAX_SETTLING}."
        raise InvalidError(message, details={"field": "settling_seconds"})
    corrections = recounting.of_people(settling).run()
    of_campaigns, busy = recounting.of_campaigns().run()
    told = [
        {"counter": "/".join(found.counter), "counted": found.counted, "right": found.right}
        for found in [*corrections, *of_campaigns]
    ]
    return json_response(200, {"corrections": told, "busy": busy})
