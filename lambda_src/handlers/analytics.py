"""How the list grew between two days, and the results of the campaigns of those days.

JSON, or CSV for clients that accept `text/csv` or ask with `format=csv`: one row per day or, with `table=campaigns`,
one per campaign.
"""

from email_list.clock import utc_now
from email_list.csv_answers import csv_response, one_of, wants_csv
from email_list.figures.analytics import Analyst, Span
from email_list.http import Request, Response, json_response
from email_list.router import Router
from handlers.wiring import figures

TABLES = ("days", "campaigns")

handler = Router("analytics")


@handler.operation("get_analytics")
def _look(request: Request) -> Response:
    today = utc_now().date()
    as_csv, table = wants_csv(request), one_of(request, "table", TABLES, "days")
    found = Analyst(figures.counters(), figures.results()).look_at(Span.read(request.query, today), today)
    if not as_csv:
        return json_response(200, found.to_json())
    text = found.days_csv() if table == "days" else found.campaigns_csv()
    return csv_response(f"{table}-{found.span.first}-{found.span.last}", text)
