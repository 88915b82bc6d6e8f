"""From the sign-ups queue: send a confirmation mail to whoever is due one."""

import os
from functools import cache
from typing import Any

from email_list import letters, signup
from email_list.aws.clients import client
from email_list.aws.transactional import TransactionalMailer
from email_list.settings import SignUpPolicy
from email_list.signup import Wish
from handlers import wiring


@cache
def _policy() -> SignUpPolicy:
    return SignUpPolicy.from_environment(os.environ)


@cache
def _mailer() -> TransactionalMailer:
    return TransactionalMailer(client("sesv2"), wiring.settings(), os.environ["CONFIGURATION_SET"])


def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one): an error leaves it in the queue, to be tried again."""
    for record in event["Records"]:
        wish = Wish.from_json(record["body"])
        signup.ask_for_confirmation(wish, record["messageId"], wiring.people(), _send, _policy())


def _send(email: str, reference: str) -> None:
    confirm_url = wiring.links().confirm(email, reference)
    _mailer().send(email, letters.confirmation(wiring.settings(), confirm_url), purpose="confirmation")
