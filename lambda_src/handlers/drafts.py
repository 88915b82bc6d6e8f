"""Letters that are still being written: how they look, how they arrive, whom they reach."""

import os
import time
from functools import cache
from typing import Any

from email_list.aws.clients import dynamodb_table, sending_client
from email_list.aws.counter_table import CounterTable
from email_list.aws.subscriber_walk import SubscriberWalk
from email_list.aws.template_store import TemplateTable
from email_list.aws.transactional import TransactionalMailer
from email_list.campaigns import drafts
from email_list.campaigns.audience import Audience
from email_list.figures.growth import TOPICS, TOTALS
from email_list.http import Request, Response, json_response
from email_list.mail.templates import finder
from email_list.mail.writing import FindTemplate
from email_list.people.subscribers import Status
from email_list.router import Router
from handlers.shared import link_wiring, wiring

MAX_BODY = 512 * 1024
COUNTING_SECONDS = 20.0
"""The gateway waits 30 seconds for an answer."""

handler = Router("drafts", max_body=MAX_BODY)


@cache
def _subscribers() -> Any:
    return dynamodb_table(os.environ["SUBSCRIBERS_TABLE"])


@cache
def _find_template() -> FindTemplate:
    return finder(TemplateTable(dynamodb_table(os.environ["RECORDS_TABLE"])))


@cache
def _mailer() -> TransactionalMailer:
    # A test that comes twice does less harm than one that is reported as failed and came all the same; it is not tried
    # again, so that whoever waits hears of an error at once.
    return TransactionalMailer(sending_client(), wiring.settings(), os.environ["CONFIGURATION_SET"])


@handler.operation("preview_draft")
def _preview(request: Request) -> Response:
    return json_response(200, drafts.preview(request.fields, wiring.settings(), _find_template()).to_json())


@handler.operation("count_audience")
def _size(request: Request) -> Response:
    audience = Audience.from_request(request.fields.get("audience"))
    deadline = time.monotonic() + COUNTING_SECONDS
    count = SubscriberWalk(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"])).count
    return json_response(200, drafts.size(audience, _counted, count, lambda: time.monotonic() < deadline).to_json())


def _counted(topic: str | None) -> int:
    counters = CounterTable(dynamodb_table(os.environ["RECORDS_TABLE"]))
    if topic is not None:
        return counters.read(TOPICS, topic, topic).get(topic, 0)
    return counters.read(TOTALS).get(Status.ACTIVE.value, 0)


@handler.operation("test_draft")
def _send_test(request: Request) -> Response:
    find_people, links = wiring.people().find, link_wiring.links()
    sent = drafts.send_test(request.fields, wiring.settings(), _find_template(), find_people, links, _mailer())
    return json_response(200, sent)
