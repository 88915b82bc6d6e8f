"""The API's handlers: requests a second in one process, and what a page of the listing costs in a large list.

A request is first answered on the local stack, and what AWS answers is recorded. Then it is made again and again with
these answers from memory, so that the time is the handler's own. A handler that does nothing is measured beside it and
subtracted: reading the event and writing the answer is the same for everybody. Times are the processor's, so that
what else runs on the machine matters little. The plain way to list is a scan.
"""

import itertools
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from statistics import fmean, quantiles
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import botocore.client

from benchmarks.figures import Aim, Figure, Findings
from benchmarks.meter import READ, Meter
from benchmarks.stage import Context, Process, Stage

REQUESTS = 2000
WARM_UP = 100
FUNCTIONS = ("subscribe", "confirm", "unsubscribe", "list_subscribers")
LISTS = (1_000, 10_000, 100_000)
PAGE = 100

Handler = Callable[[Any, Any], Any]
Event = Mapping[str, Any]


def run() -> Findings:
    """Times of the handlers, and units of a page and of a scan."""
    figures: list[Figure] = []
    with Stage() as stage:
        environment: dict[str, str] = {}
        for function in FUNCTIONS:
            environment |= stage.environment(function)
        idle, times = Process(environment, _times).result()
        for name, own in times.items():
            figures += _figures(name, own, idle)
        pages, scans, there = [], [], 0
        for size in LISTS:
            stage.campaigner.add_people(f"list{size}", size - there)
            there = size
            page, scan = Process(environment, _list_units).result()
            pages.append(page)
            scans.append(scan)
    largest = LISTS[-1]
    figures += [
        Figure(f"read units of a page, of {LISTS[0]:,}", pages[0], plain=scans[0], exact=True),
        Figure(f"read units of a page, of {largest:,}", pages[-1], plain=scans[-1], aim=Aim(most=pages[0]), exact=True),
    ]
    curves = {
        "units of a page": [list(point) for point in zip(LISTS, pages, strict=True)],
        "units of a scan": [list(point) for point in zip(LISTS, scans, strict=True)],
    }
    return Findings(figures, curves)


def _figures(name: str, times: Sequence[float], idle: float) -> list[Figure]:
    """Of times in milliseconds; `idle` is what a handler takes that does nothing."""
    cuts = quantiles(times, n=100)
    return [
        Figure(f"{name}, requests a second", 1000 / fmean(times), plain=1000 / idle),
        Figure(f"{name}, p50", cuts[49], "ms", plain=idle),
        Figure(f"{name}, p99", cuts[98], "ms", plain=idle),
    ]


def _times() -> tuple[float, dict[str, list[float]]]:
    """Milliseconds of a handler that does nothing, and of each other handler without these."""
    from email_list.http import Request, Response
    from email_list.router import Router
    from handlers import confirm, list_subscribers, subscribe, unsubscribe
    from handlers.wiring import links, settings

    nothing = Router("settings")

    @nothing.operation("get_settings")
    def _nothing(request: Request) -> Response:
        return Response(204, "")

    email, public = "reader@example.com", settings.of_list().public_url
    confirming = links.links().confirm(email, _pending(email))
    leaving = links.links().unsubscribe(email, "")
    one_click = {"content-type": "application/x-www-form-urlencoded"}
    requests: dict[str, tuple[Handler, Event]] = {
        "subscribe": (subscribe.handler, _request("POST", "/subscribe", '{"email": "new@example.com", "name": "New"}')),
        "confirm": (confirm.handler, _request("POST", confirming.removeprefix(public))),
        "list": (list_subscribers.handler, _request("GET", f"/subscribers?limit={PAGE}")),
        "unsubscribe": (
            unsubscribe.handler,
            _request("POST", leaving.removeprefix(public), "List-Unsubscribe=One-Click", one_click),
        ),
    }
    people = boto3.resource("dynamodb").Table(os.environ["SUBSCRIBERS_TABLE"])
    with people.batch_writer() as batch:
        for number in range(PAGE):
            batch.put_item(Item=_person(number))
    idle = fmean(_repeat(nothing, _request("GET", "/settings"), []))
    found: dict[str, list[float]] = {}
    for name, (handler, event) in requests.items():
        answers: list[Any] = []
        with _recording(answers):
            answer = handler(event, Context())
        if answer["statusCode"] >= 400:
            raise RuntimeError(f"{name}: {answer}")
        found[name] = [max(0.0, milliseconds - idle) for milliseconds in _repeat(handler, event, answers)]
    return idle, found


def _repeat(handler: Handler, event: Event, answers: Sequence[Any]) -> list[float]:
    """Milliseconds of each request."""
    times = []
    with _playing(answers):
        for number in range(WARM_UP + REQUESTS):
            started = time.thread_time()
            handler(event, Context())
            if number >= WARM_UP:
                times.append(1000 * (time.thread_time() - started))
    return times


@contextmanager
def _recording(answers: list[Any]) -> Generator[None]:
    original = botocore.client.BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: Any) -> Any:
        answers.append((operation, original(client, operation, parameters)))
        return answers[-1][1]

    with patch.object(botocore.client.BaseClient, "_make_api_call", call):
        yield


@contextmanager
def _playing(answers: Sequence[Any]) -> Generator[None]:
    """The answers over and over, in the order in which they came; what is read once in a process was read before."""
    again = itertools.cycle([recorded for recorded in answers if recorded[0] != "GetParameter"])

    def call(client: Any, operation: str, parameters: Any) -> Any:
        recorded, answer = next(again)
        if recorded != operation:
            raise RuntimeError(f"{operation} where there was {recorded}")
        return answer

    with patch.object(botocore.client.BaseClient, "_make_api_call", call):
        yield


def _pending(email: str) -> str:
    """Let somebody have asked for a confirmation; the wish's reference."""
    from email_list.clock import iso, utc_now
    from email_list.people.subscribers import Evidence, Status, Subscriber
    from handlers.wiring import people

    now = iso(utc_now())
    wanted, ends = Subscriber(email, Status.PENDING, now), int(time.time()) + 3600
    if not people.table().begin_confirmation(wanted, Evidence(now), "claim", now, ends):
        raise RuntimeError("no confirmation")
    return "claim"


def _person(number: int) -> dict[str, Any]:
    from email_list.aws.shards import with_status
    from email_list.people.subscribers import Status

    email = f"somebody{number:04d}@example.com"
    return {
        "email": email,
        "initials": "so",
        **with_status(email, Status.ACTIVE),
        "subscribed_date": f"2026-01-01T00:00:{number % 60:02d}.000Z",
        "name": f"Somebody {number}",
        "topics": [],
        "attributes": {"city": "Springfield"},
    }


def _request(method: str, url: str, body: str = "", headers: Mapping[str, str] | None = None) -> Event:
    """An HTTP request in payload format 2.0."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&")) if parts.query else None
    return {
        "version": "2.0",
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "queryStringParameters": query,
        "pathParameters": None,
        "headers": dict(headers or {"content-type": "application/json"}),
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {"http": {"method": method, "sourceIp": "203.0.113.7", "userAgent": "Browser/1.0"}},
    }


def _list_units() -> tuple[float, float]:
    """Read units of one page of active people, and of a scan for the same page."""
    from handlers import list_subscribers

    with Meter().installed() as page:
        answer = list_subscribers.handler(_request("GET", f"/subscribers?status=active&limit={PAGE}"), Context())
    if answer["statusCode"] != 200:
        raise RuntimeError(str(answer))
    with Meter().installed() as scan:
        table = os.environ["SUBSCRIBERS_TABLE"]
        for _ in boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table):
            pass
    return page.units[READ], scan.units[READ]
