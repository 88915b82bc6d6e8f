"""POST /subscribe, and direct invocation: a person joins the list."""

import os
from functools import cache

from email_list import subscribers
from email_list.aws.clients import dynamodb_table
from email_list.aws.subscriber_table import SubscriberTable
from email_list.http import Request, Response, endpoint, json_response


@cache
def _store() -> SubscriberTable:
    return SubscriberTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"]))


@endpoint
def handler(request: Request) -> Response:
    person = subscribers.subscribe(request.fields(), _store())
    return json_response(200, {"message": "You are subscribed.", "email": person.email})
