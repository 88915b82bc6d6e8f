"""GET /analytics: how the list grew between two days, and what came of the campaigns of those days.

JSON, or CSV for whoever accepts `text/csv` or asks with `format=csv`: a row a day, or with `table=campaigns` a row a
campaign.
"""

import os
from functools import cache

from email_list.aws.campaign_results import CampaignResultTable
from email_list.aws.clients import dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.clock import utc_now
from email_list.csv_answers import csv_response, one_of, wants_csv
from email_list.figures.analytics import Analyst, Span
from email_list.http import Request, Response, json_response
from email_list.router import Router

TABLES = ("days", "campaigns")

handler = Router("analytics")


@cache
def _analyst() -> Analyst:
    table = dynamodb_table(os.environ["RECORDS_TABLE"])
    return Analyst(CounterTable(table), CampaignResultTable(table))


@handler.operation("get_analytics")
def _look(request: Request) -> Response:
    today = utc_now().date()
    as_csv, table = wants_csv(request), one_of(request, "table", TABLES, "days")
    found = _analyst().look_at(Span.read(request.query, today), today)
    if not as_csv:
        return json_response(200, found.to_json())
    text = found.days_csv() if table == "days" else found.campaigns_csv()
    return csv_response(f"{table}-{found.span.first}-{found.span.last}", text)
