"""From the greetings queue: welcome whoever has joined, say goodbye to whoever has left."""

import json
import os
from functools import cache
from typing import Any

from email_list.aws.clients import client
from email_list.aws.transactional import TransactionalMailer
from email_list.mail import own_letters
from email_list.people.subscribers import Status
from email_list.private_logs import keep_private
from handlers.shared import link_wiring, wiring


@cache
def _mailer() -> TransactionalMailer:
    return TransactionalMailer(client("sesv2"), wiring.settings(), os.environ["CONFIGURATION_SET"])


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one): an error leaves it in the queue, to be tried again."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        kind, email, language = message["kind"], message["email"], message["language"]
        person = wiring.people().get(email)
        # Whoever has changed their mind meanwhile, or was erased, is not greeted for what is past.
        if kind == "welcome" and person and person.status is Status.ACTIVE:
            letter = own_letters.welcome(wiring.settings(), link_wiring.links().preferences(email), language)
        elif kind == "goodbye" and person and person.status is Status.UNSUBSCRIBED:
            letter = own_letters.goodbye(wiring.settings(), f"{wiring.settings().public_url}/subscribe", language)
        else:
            continue
        _mailer().send(email, letter, purpose=kind)
