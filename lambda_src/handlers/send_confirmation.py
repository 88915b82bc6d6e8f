"""From the sign-ups queue: send a confirmation email to anyone who is due one.

One that may not go now waits: its wish goes back into the queue, as often as it takes, while it is good.
"""

import logging
from dataclasses import replace
from functools import partial
from typing import Any

from contract import Env, OwnMetric
from email_list.clock import utc_now
from email_list.mail import own_letters
from email_list.people import signup
from email_list.people.brake import Held, HeldError
from email_list.people.signup import Wish
from email_list.private_logs import keep_private
from handlers.wiring import braking, confirming, links, mail, people, queues, settings

logger = logging.getLogger(__name__)


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one); an error leaves it in the queue to be tried again."""
    for record in event["Records"]:
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


def _send(language: str, email: str, reference: str) -> None:
    letter = own_letters.confirmation(settings.of_list(), links.links().confirm(email, reference), language)

    def go() -> None:
        confirming.express().make_room()
        mail.mailer().send(email, letter, purpose="confirmation")

    braking.brake().let_go(go)


def _wait(wish: Wish, held: Held) -> None:
    if not wish.is_good(utc_now()):
        logger.warning("a confirmation waited for too long")
        return
    queues.to(Env.SIGNUPS_QUEUE).send(wish.to_json(), held.seconds)
    confirming.metrics().count(OwnMetric.HELD)
