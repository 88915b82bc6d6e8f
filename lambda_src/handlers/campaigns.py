"""Campaigns: create, list, show, change, copy, pause, resume, cancel.

GET /campaigns/{id} is also available as CSV (`email_list.csv_answers`): its results in one row or, with `table=hours`
or `table=days`, who opened and clicked by the time since sending.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from email_list import fields
from email_list.campaigns import engagement
from email_list.campaigns.campaign import Campaign, Status
from email_list.campaigns.desk import Wanted
from email_list.csv_answers import csv_response, one_of, wants_csv
from email_list.figures.results import Counts
from email_list.http import Request, Response, json_response
from email_list.mail import warnings
from email_list.mail.warnings import Warnings
from email_list.router import Router
from email_list.spreadsheets import csv_line
from handlers.wiring import audit
from handlers.wiring import desk as wiring

MAX_BODY = 512 * 1024
DEFAULT_LIMIT = 20
MAX_LIMIT = 50
MAX_SEARCH = 200
DEFAULT_RECIPIENTS = 100
MAX_RECIPIENTS = 1000
TABLES = ("results", "links", "hours", "days")

handler = Router("campaigns", audit=audit.enter, max_body=MAX_BODY)


@handler.operation("create_campaign")
def _create(request: Request) -> Response:
    key = request.headers.get("idempotency-key")
    created = wiring.desk().create(request.fields, key, request.has_seen)
    return _written(201, created.campaign, created.letter, created.warnings)


@handler.operation("preflight_campaign")
def _preflight(request: Request) -> Response:
    return json_response(200, wiring.preflight().look(request.fields, request.has_seen))


@handler.operation("list_campaigns")
def _list(request: Request) -> Response:
    limit = request.limit(DEFAULT_LIMIT, MAX_LIMIT)
    status = one_of(request, "status", ["", *Status], "")
    wanted = Wanted(
        Status(status) if status else None,
        fields.single_line(request.query.get("search"), "search", MAX_SEARCH),
        one_of(request, "archived", ("true", "false"), "false") == "true",
    )
    return json_response(200, wiring.desk().page(limit, request.query.get("cursor"), wanted))


@handler.operation("edit_campaign")
def _edit(request: Request) -> Response:
    desk = wiring.desk()
    edited = wiring.editor().change(desk.get(request.path_parameters["id"]), request.fields)
    return _written(200, edited.campaign, desk.letter(edited.campaign), edited.warnings)


@handler.operation("duplicate_campaign")
def _duplicate(request: Request) -> Response:
    draft = wiring.editor().duplicate(wiring.desk().get(request.path_parameters["id"]))
    return json_response(201, draft.to_json(), {"etag": f'"{draft.version}"'})


@handler.operation("pause_campaign")
def _pause(request: Request) -> Response:
    return _answer(wiring.desk().pause(request.path_parameters["id"]))


@handler.operation("resume_campaign")
def _resume(request: Request) -> Response:
    return _answer(wiring.desk().resume(request.path_parameters["id"]))


@handler.operation("cancel_campaign")
def _cancel(request: Request) -> Response:
    return _answer(wiring.desk().cancel(request.path_parameters["id"]))


@handler.operation("get_campaign")
def _show(request: Request) -> Response:
    as_csv, table = wants_csv(request), one_of(request, "table", TABLES, "results")
    desk = wiring.desk()
    campaign = desk.get(request.path_parameters["id"])
    shown: dict[str, Any] = {
        **desk.show(campaign),
        "letter": desk.letter(campaign),
        **desk.progress(campaign),
        **desk.feedback(campaign),
    }
    known = {
        each.name: {**shown, **shown["counts"], **shown["results"]}[each.name] for each in dataclasses.fields(Counts)
    }
    shown["rates"] = Counts(**known).rates
    if as_csv:
        text = "".join(map(csv_line, _rows(shown, table)))
        return csv_response(f"campaign-{campaign.id}-{table}", text)
    return json_response(200, shown)


def _rows(shown: dict[str, Any], table: str) -> list[list[Any]]:
    """One of a campaign's tables, header first."""
    if table == "links":
        return [["url", "clicked"], *([each["url"] or "", each["clicked"]] for each in shown["results"]["links"])]
    if table == "results":
        details = {name: shown[name] for name in ("id", "subject", "status", "started_at", "finished_at")}
        figures = {name: figure for name, figure in shown["results"].items() if name != "links"}
        row = {**details, **shown["counts"], **figures}
        return [list(row), list(row.values())]
    header = [table.removesuffix("s"), *engagement.COUNTED]
    return [header, *([period[name] for name in header] for period in shown["engagement"][table])]


@handler.operation("list_recipients")
def _recipients(request: Request) -> Response:
    limit = request.limit(DEFAULT_RECIPIENTS, MAX_RECIPIENTS)
    group, cursor = request.query.get("group"), request.query.get("cursor")
    return json_response(200, wiring.desk().recipients(request.path_parameters["id"], group, limit, cursor))


def _answer(campaign: Campaign) -> Response:
    return json_response(200, wiring.desk().show(campaign))


def _written(status: int, campaign: Campaign, letter: Mapping[str, Any] | None, found: Warnings) -> Response:
    shown = {**wiring.desk().show(campaign), "letter": letter, "warnings": warnings.to_json(found)}
    return json_response(status, shown)
