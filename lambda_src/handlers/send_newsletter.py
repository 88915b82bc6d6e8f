"""Direct invocation: send a newsletter to every active subscriber, and report the result.

Takes `{"subject", "message"}`, or a request as for POST /campaigns, with an optional `idempotency_key`. For a small
list it waits until the end; for a larger one the answer is 202, and the campaign continues without this function.
"""

import time
from typing import Any

from email_list.campaigns.campaign import FINAL, Campaign
from email_list.errors import InvalidError
from email_list.http import Request, Response, json_response
from email_list.mail import warnings
from email_list.mail.warnings import Warnings
from email_list.router import Router
from handlers.wiring import audit
from handlers.wiring import desk as wiring

LONGEST_WAIT = 45.0
"""Seconds; the AWS CLI gives up on an invocation after 60, and would then invoke the function again."""

LEFT_FOR_THE_ANSWER = 5.0
POLL = 0.5


handler = Router("send_newsletter", audit=audit.enter)


@handler.direct
def _send(request: Request) -> Response:
    asked = dict(request.fields)
    key = asked.pop("idempotency_key", None)
    if key is not None and not isinstance(key, str):
        raise InvalidError("idempotency_key must be text.", details={"field": "idempotency_key"})
    desk = wiring.desk()
    created = desk.create(asked, key)
    campaign = created.campaign
    deadline = min(time.monotonic() + LONGEST_WAIT, request.ends - LEFT_FOR_THE_ANSWER)
    while campaign.status not in FINAL and time.monotonic() < deadline:
        time.sleep(POLL)
        campaign = desk.get(campaign.id)
    return _report(desk.show(campaign), campaign, created.warnings)


def _report(shown: dict[str, Any], campaign: Campaign, found: Warnings) -> Response:
    over = campaign.status in FINAL
    counts = shown["counts"]
    report = {
        "campaign_id": campaign.id,
        "status": shown["status"],
        "reason": shown["reason"],
        "sent_count": counts["sent"],
        "failed_count": counts["failed"],
        "skipped_count": counts["skipped"],
        "unknown_count": counts["unknown"],
        "total_subscribers": counts["planned"],
        "warnings": warnings.to_json(found),
    }
    return json_response(200 if over else 202, report)
