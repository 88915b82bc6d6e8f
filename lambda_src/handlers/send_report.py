"""On a schedule: mail the report on the seven days before to the list's administrators.

Lambda tries a failed invocation again; whoever has got today's report gets no second one.
"""

import logging
import os
from functools import cache
from typing import Any

from email_list.aws.campaign_results import CampaignResultTable
from email_list.aws.clients import client, dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.aws.report_table import ReportTable
from email_list.aws.transactional import TransactionalMailer
from email_list.clock import utc_now
from email_list.figures import report
from email_list.figures.analytics import Analyst
from email_list.private_logs import keep_private
from handlers.shared import wiring

logger = logging.getLogger(__name__)


@cache
def _table() -> Any:
    return dynamodb_table(os.environ["RECORDS_TABLE"])


@cache
def _mailer() -> TransactionalMailer:
    return TransactionalMailer(client("sesv2"), wiring.settings(), os.environ["CONFIGURATION_SET"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answer with how many mails were sent. An error means that some were not."""
    today = utc_now().date()
    sent = ReportTable(_table())
    waiting = [to for to in wiring.list_document()["report_recipients"] if not sent.was_sent(today, to)]
    if not waiting:
        return {"sent": 0}
    results = CampaignResultTable(_table())
    week = report.look_back(Analyst(CounterTable(_table()), results), results, today)
    letter = report.compose(week, wiring.settings())
    failures = 0
    for number, email in enumerate(waiting):
        try:
            _mailer().send(email, letter, purpose="report")
        except Exception:
            logger.exception("report not sent", extra={"recipient": number})
            failures += 1
        else:
            sent.sent(today, email)
    if failures:
        raise RuntimeError(f"{failures} of {len(waiting)} reports were not sent")
    return {"sent": len(waiting)}
