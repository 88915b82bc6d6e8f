"""POST /drafts/preview, /drafts/test and /drafts/audience: a letter that is still being written."""

import os
import time
from functools import cache
from typing import Any

from email_list.aws.clients import dynamodb_table, sending_client
from email_list.aws.counter_table import CounterTable
from email_list.aws.subscriber_listing import SubscriberListing
from email_list.aws.template_store import TemplateTable
from email_list.aws.transactional import TransactionalMailer
from email_list.campaigns import drafts
from email_list.campaigns.audience import Audience
from email_list.clock import iso, utc_now
from email_list.figures.growth import TOTALS
from email_list.http import Request, Response, endpoint, json_response
from email_list.mail.templates import finder
from email_list.mail.writing import FindTemplate
from email_list.people.subscribers import Status
from handlers.shared import link_wiring, wiring

MAX_BODY = 512 * 1024
COUNTING_SECONDS = 20.0
"""The gateway waits 30 seconds for an answer."""


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


@endpoint(max_body=MAX_BODY)
def handler(request: Request) -> Response:
    document = request.json()
    if request.path.endswith("/audience"):
        return json_response(200, _size(document))
    if request.path.endswith("/test"):
        return json_response(200, _send_test(document))
    return json_response(200, drafts.preview(document, wiring.settings(), _find_template()).to_json())


def _size(document: dict[str, Any]) -> dict[str, Any]:
    audience = Audience.from_request(document.get("audience"))
    deadline = time.monotonic() + COUNTING_SECONDS
    size = drafts.size(
        audience, _counted, SubscriberListing(_subscribers()).walk, iso(utc_now()), lambda: time.monotonic() < deadline
    )
    return size.to_json()


def _counted() -> int:
    return CounterTable(dynamodb_table(os.environ["RECORDS_TABLE"])).read(TOTALS).get(Status.ACTIVE.value, 0)


def _send_test(document: dict[str, Any]) -> dict[str, Any]:
    find_people, links = wiring.people().find, link_wiring.links()
    return drafts.send_test(document, wiring.settings(), _find_template(), find_people, links, _mailer())
