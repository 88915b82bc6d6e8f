"""On a schedule: send the report on the last seven days to the list's administrators.

Lambda retries a failed invocation; those who already have today's report do not get another one.
"""

from functools import partial
from typing import Any

from email_list.clock import utc_now
from email_list.figures.analytics import Analyst
from email_list.private_logs import keep_private
from email_list.reports import report
from handlers.wiring import figures, mail, reports, settings, zone


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answer with the number of emails sent. An error means that some were not."""
    today, sent = utc_now().date(), reports.sent()
    waiting = [to for to in settings.document()["report_recipients"] if not sent.was_sent(today, to)]
    if not waiting:
        return {"sent": 0}
    week = report.look_back(Analyst(figures.counters(), figures.results()), figures.results(), today, reports.checked())
    letter = report.compose(week, settings.of_list(), zone=zone.of_list())
    send = partial(mail.mailer().send, letter=letter, purpose="report")
    failures = report.send_to(waiting, send, partial(sent.sent, today))
    if failures:
        raise RuntimeError(f"{failures} of {len(waiting)} reports were not sent")
    return {"sent": len(waiting)}
