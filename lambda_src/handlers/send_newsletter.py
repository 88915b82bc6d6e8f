"""Direct invocation: send a newsletter to every active subscriber."""

import os
from dataclasses import dataclass
from functools import cache

from email_list import newsletter
from email_list.aws.clients import client, dynamodb_table, read_secret, sending_client
from email_list.aws.ses import SesMailer
from email_list.aws.subscriber_table import SubscriberTable
from email_list.http import Request, Response, endpoint, json_response
from email_list.links import Links
from email_list.settings import ListSettings
from email_list.tokens import LinkKeys, LinkTokens


@dataclass(frozen=True)
class _Collaborators:
    settings: ListSettings
    store: SubscriberTable
    mailer: SesMailer
    links: Links


@cache
def _collaborators() -> _Collaborators:
    settings = ListSettings.from_environment(os.environ)
    return _Collaborators(
        settings=settings,
        store=SubscriberTable(dynamodb_table(os.environ["SUBSCRIBERS_TABLE"])),
        mailer=SesMailer(
            client("sesv2"),
            sending_client(),
            settings,
            os.environ["CONFIGURATION_SET"],
            os.environ["TEMPLATE_PREFIX"],
        ),
        links=Links(
            settings.public_url,
            LinkTokens(LinkKeys.from_json(read_secret(os.environ["LINK_KEYS_PARAMETER"]))),
        ),
    )


@endpoint()
def handler(request: Request) -> Response:
    with_ = _collaborators()
    report = newsletter.send(request.json(), with_.settings, with_.store, with_.mailer, with_.links)
    return json_response(200, report.to_json())
