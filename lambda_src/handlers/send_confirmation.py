"""From the sign-ups queue: send anyone who is due one a confirmation, or the link to their data if they asked for it.

One that may not go now waits: its message goes back into the queue, as often as it takes, while it is good.
"""

import logging
from dataclasses import replace
from functools import partial
from typing import Any

from contract import Env, OwnMetric
from email_list.clock import utc_now
from email_list.mail import own_letters
from email_list.mail.letters import Content
from email_list.people import data_links, signup
from email_list.people.brake import Cause, Held, HeldError
from email_list.people.data_links import DataRequest
from email_list.people.signup import Wish
from email_list.private_logs import keep_private
from handlers.wiring import braking, confirming, links, mail, people, queues, settings

logger = logging.getLogger(__name__)


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one); an error leaves it in the queue to be tried again."""
    for record in event["Records"]:
        if asked := DataRequest.from_json(record["body"]):
            _answer(asked)
            continue
        wish = Wish.from_json(record["body"])
        try:
            braking.brake().check()
        except HeldError as error:
            _wait(wish, error.held)
        else:
            _ask(wish, record["messageId"])


def _ask(wish: Wish, message: str) -> None:
    if not confirming.mail_exchanges().takes_mail(wish.email):
        logger.info("that domain accepts no email")
        return
    claimed = replace(wish, claim=wish.claim or message)
    may_mail, send = confirming.may_mail(wish), partial(_send, wish.language)
    try:
        signup.ask_for_confirmation(wish, claimed.claim, people.table(), may_mail, send, confirming.policy())
    except HeldError as error:
        _wait(claimed, error.held)


def _answer(asked: DataRequest) -> None:
    try:
        data_links.answer(asked, people.table(), partial(_send_data_link, asked))
    except HeldError as error:
        _wait(asked, error.held)


def _send(language: str, email: str, reference: str) -> None:
    link = links.links().confirm(email, reference)
    _let_go(email, own_letters.confirmation(settings.of_list(), link, language), "confirmation")


def _send_data_link(asked: DataRequest, reference: str) -> None:
    link = links.links().data(asked.email, reference)
    _let_go(asked.email, own_letters.data_link(settings.of_list(), link, asked.language), "data")


def _let_go(email: str, letter: Content, purpose: str) -> None:
    def go() -> None:
        confirming.express().make_room()
        mail.mailer().send(email, letter, purpose=purpose)

    braking.brake().let_go(go)


def _wait(wish: Wish | DataRequest, held: Held) -> None:
    queue = queues.to(Env.SIGNUPS_QUEUE)
    if not wish.is_good(utc_now()) or queue.delayed() >= braking.brake().most_waiting:
        logger.warning("a confirmation waits no longer")
        return
    queue.send(wish.to_json(), held.seconds)
    if held.cause is not Cause.PACE:
        confirming.metrics().count(OwnMetric.HELD)
