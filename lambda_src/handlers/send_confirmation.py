"""From the sign-ups queue: send a confirmation mail to whoever is due one."""

import os
from functools import cache, partial
from typing import Any

from email_list.aws.clients import client, dynamodb_table
from email_list.aws.limit_table import LimitTable
from email_list.aws.line_table import LineTable
from email_list.aws.transactional import TransactionalMailer
from email_list.campaigns.line import Express
from email_list.mail import own_letters
from email_list.people import signup
from email_list.people.limits import DAY, Limit
from email_list.people.signup import Wish
from email_list.private_logs import keep_private
from email_list.settings import SignUpPolicy
from handlers.shared import link_wiring, wiring


@cache
def _policy() -> SignUpPolicy:
    return SignUpPolicy.from_environment(os.environ)


@cache
def _limit() -> Limit:
    counters = LimitTable(dynamodb_table(os.environ["RECORDS_TABLE"]))
    return Limit("confirmation", signup.CONFIRMATIONS_PER_INBOX_AND_DAY, DAY, counters)


@cache
def _mailer() -> TransactionalMailer:
    return TransactionalMailer(client("sesv2"), wiring.settings(), os.environ["CONFIGURATION_SET"])


@cache
def _express() -> Express:
    return Express(LineTable(dynamodb_table(os.environ["RECORDS_TABLE"])))


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one): an error leaves it in the queue, to be tried again."""
    for record in event["Records"]:
        wish = Wish.from_json(record["body"])
        send = partial(_send, wish.language)
        signup.ask_for_confirmation(wish, record["messageId"], wiring.people(), _limit().use, send, _policy())


def _send(language: str, email: str, reference: str) -> None:
    letter = own_letters.confirmation(wiring.settings(), link_wiring.links().confirm(email, reference), language)
    _express().make_room()
    _mailer().send(email, letter, purpose="confirmation")
