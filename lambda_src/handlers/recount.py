"""Direct invocation: compare the counters with what they count, and mend those that differ.

Those of subscribers with the table, and the results of campaigns with what came back about each recipient, as long as
that is kept. Takes `{}`, or `{"settling_seconds": n}`: how long the counting of a change takes at most, a minute by
default. It is to be invoked with a read timeout of 900 seconds, and not while the counting fails (the alarm says so).
Answers the `corrections`, and the campaigns about which too much came in meanwhile (`busy`): later again.
"""

import os
from functools import cache, partial
from typing import Any

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.clients import dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.aws.everyone import everyone
from email_list.aws.feedback_table import FeedbackTable
from email_list.campaigns.ledger import LEDGER_KEPT
from email_list.clock import from_iso, utc_now
from email_list.errors import ConflictError, InvalidError
from email_list.figures.recount import SETTLING_SECONDS, Correction, Recount
from email_list.http import Request, Response, json_response
from email_list.router import Router

MAX_SETTLING = 600

handler = Router("recount")


@cache
def _campaigns_table() -> Any:
    return dynamodb_table(os.environ["RECORDS_TABLE"])


@handler.direct
def _recount(request: Request) -> Response:
    settling = request.fields.get("settling_seconds", SETTLING_SECONDS)
    if not isinstance(settling, int | float) or not 0 <= settling <= MAX_SETTLING:
        message = f"settling_seconds is a number from 0 to {MAX_SETTLING}."
        raise InvalidError(message, details={"field": "settling_seconds"})
    people = partial(everyone, dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))
    corrections = Recount(CounterTable(_campaigns_table()), people, settling).run()
    of_campaigns, busy = _recount_campaigns()
    told = [
        {"counter": "/".join(found.counter), "counted": found.counted, "right": found.right}
        for found in corrections + of_campaigns
    ]
    return json_response(200, {"corrections": told, "busy": busy})


def _recount_campaigns() -> tuple[list[Correction], list[str]]:
    """What had to be corrected of campaigns' results, and the campaigns that did not stand still."""
    feedback, kept_since = FeedbackTable(_campaigns_table()), utc_now() - LEDGER_KEPT
    corrections: list[Correction] = []
    busy: list[str] = []
    for campaign in CampaignTable(_campaigns_table()).newest_first():
        if from_iso(campaign.created_at) <= kept_since:
            break
        try:
            found = feedback.recount(campaign.id)
        except ConflictError:
            busy.append(campaign.id)
            continue
        corrections += [Correction((f"CAMPAIGN#{campaign.id}", name), *amounts) for name, amounts in found.items()]
    return corrections, busy
