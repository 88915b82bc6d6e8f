"""The routes under /campaigns: create, list, show, test, pause, resume, cancel.

GET /campaigns/{id} also comes as CSV (`email_list.csv_answers`): its results in one row, or with `table=hours` or
`table=days` who opened and clicked by the time since sending.
"""

from typing import Any

from email_list.campaigns import engagement
from email_list.campaigns.campaign import Campaign
from email_list.csv_answers import csv_response, one_of, wants_csv
from email_list.errors import InvalidError, NotFoundError
from email_list.http import Request, Response, endpoint, json_response
from email_list.mail import warnings
from email_list.spreadsheets import csv_line
from handlers.shared import desk_wiring, recipient_wiring

MAX_BODY = 512 * 1024
DEFAULT_LIMIT = 20
MAX_LIMIT = 50
DEFAULT_RECIPIENTS = 100
MAX_RECIPIENTS = 1000
TABLES = ("results", "hours", "days")


@endpoint(max_body=MAX_BODY)
def handler(request: Request) -> Response:
    campaign_id = request.path_parameters.get("id")
    if campaign_id is None:
        return _create(request) if request.method == "POST" else _list(request)
    action = request.path.rstrip("/").rpartition(campaign_id)[2].lstrip("/")
    if request.method == "GET":
        return _recipients(campaign_id, request) if action == "recipients" else _show(campaign_id, request)
    desk = desk_wiring.desk()
    match action:
        case "test":
            sent_to = desk.send_test(campaign_id, request.json(), recipient_wiring.people().find)
            return json_response(200, {"sent_to": sent_to})
        case "pause":
            return _answer(desk.pause(campaign_id))
        case "resume":
            return _answer(desk.resume(campaign_id))
        case "cancel":
            return _answer(desk.cancel(campaign_id))
    raise NotFoundError("There is no such action.")


def _create(request: Request) -> Response:
    key = request.headers.get("idempotency-key")
    desk = desk_wiring.desk()
    created = desk.create(request.json(), key)
    return json_response(201, {**desk.show(created.campaign), "warnings": warnings.to_json(created.warnings)})


def _list(request: Request) -> Response:
    limit = _limit(request, DEFAULT_LIMIT, MAX_LIMIT)
    return json_response(200, desk_wiring.desk().page(limit, request.query.get("cursor")))


def _show(campaign_id: str, request: Request) -> Response:
    as_csv, table = wants_csv(request), one_of(request, "table", TABLES, "results")
    desk = desk_wiring.desk()
    campaign = desk.get(campaign_id)
    shown = {**desk.show(campaign), **desk.progress(campaign), **desk.feedback(campaign)}
    if as_csv:
        text = "".join(map(csv_line, _rows(shown, table)))
        return csv_response(f"campaign-{campaign.id}-{table}", text)
    return json_response(200, shown)


def _rows(shown: dict[str, Any], table: str) -> list[list[Any]]:
    """One of the tables of a campaign, a header first."""
    if table == "results":
        details = {name: shown[name] for name in ("id", "subject", "status", "started_at", "finished_at")}
        row = {**details, **shown["counts"], **shown["results"]}
        return [list(row), list(row.values())]
    header = [table.removesuffix("s"), *engagement.COUNTED]
    return [header, *([period[name] for name in header] for period in shown["engagement"][table])]


def _recipients(campaign_id: str, request: Request) -> Response:
    limit = _limit(request, DEFAULT_RECIPIENTS, MAX_RECIPIENTS)
    group, cursor = request.query.get("group"), request.query.get("cursor")
    return json_response(200, desk_wiring.desk().recipients(campaign_id, group, limit, cursor))


def _answer(campaign: Campaign, status: int = 200) -> Response:
    return json_response(status, desk_wiring.desk().show(campaign))


def _limit(request: Request, default: int, most: int) -> int:
    text = request.query.get("limit")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
        raise InvalidError(f"limit is a whole number from 1 to {most}.", details={"field": "limit"})
    return int(text)
