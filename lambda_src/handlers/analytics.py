"""GET /analytics: how the list grew between two days, and what came of the campaigns of those days.

JSON, or CSV for whoever accepts `text/csv` or asks with `format=csv`: a row a day, or with `table=campaigns` a row a
campaign.
"""

import os
from functools import cache

from email_list.analytics import Analyst, Span
from email_list.aws.campaign_results import CampaignResultTable
from email_list.aws.clients import dynamodb_table
from email_list.aws.counter_table import CounterTable
from email_list.clock import utc_now
from email_list.errors import InvalidError
from email_list.http import Request, Response, endpoint, json_response

FORMATS = ("json", "csv")
TABLES = ("days", "campaigns")


@cache
def _analyst() -> Analyst:
    table = dynamodb_table(os.environ["CAMPAIGNS_TABLE"])
    return Analyst(CounterTable(table), CampaignResultTable(table))


@endpoint()
def handler(request: Request) -> Response:
    today = utc_now().date()
    accepted = "csv" if request.headers.get("accept", "").lower().startswith("text/csv") else "json"
    wanted = _one_of(request, "format", FORMATS, accepted)
    table = _one_of(request, "table", TABLES, "days")
    found = _analyst().look_at(Span.read(request.query, today), today)
    if wanted == "json":
        return json_response(200, found.to_json())
    name = f"{table}-{found.span.first}-{found.span.last}.csv"
    headers = {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(200, found.days_csv() if table == "days" else found.campaigns_csv(), headers)


def _one_of(request: Request, field: str, words: tuple[str, ...], default: str) -> str:
    value = request.query.get(field) or default
    if value not in words:
        raise InvalidError(f"{field} is one of {', '.join(words)}.", details={"field": field})
    return value
