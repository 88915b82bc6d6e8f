"""From the greetings queue: say goodbye to people who left."""

import json
from typing import Any

from email_list.mail.greetings import goodbye
from email_list.private_logs import keep_private
from handlers.wiring import mail, people, settings


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take one message (the queue's batch size is one); an error leaves it in the queue to be tried again."""
    for record in event["Records"]:
        message = json.loads(record["body"])
        letter = goodbye(people.table().get(message["email"]), settings.of_list(), message["language"])
        if letter:
            mail.mailer().send(message["email"], letter, purpose="goodbye")
