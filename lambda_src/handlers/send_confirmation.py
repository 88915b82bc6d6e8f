"""From the sign-ups queue: send a confirmation email to anyone who is due one."""

from functools import partial
from typing import Any

from email_list.mail import own_letters
from email_list.people import signup
from email_list.people.signup import Wish
from email_list.private_logs import keep_private
from handlers.wiring import confirming, links, mail, people, settings


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one); an error leaves it in the queue to be tried again."""
    may_mail, policy = confirming.limit().use, confirming.policy()
    for record in event["Records"]:
        wish = Wish.from_json(record["body"])
        send = partial(_send, wish.language)
        signup.ask_for_confirmation(wish, record["messageId"], people.table(), may_mail, send, policy)


def _send(language: str, email: str, reference: str) -> None:
    letter = own_letters.confirmation(settings.of_list(), links.links().confirm(email, reference), language)
    confirming.express().make_room()
    mail.mailer().send(email, letter, purpose="confirmation")
