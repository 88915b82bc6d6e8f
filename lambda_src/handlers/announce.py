"""From the streams of both tables: queue what is worth telling for the webhook."""

from typing import Any

from contract import Env
from email_list.private_logs import keep_private
from email_list.webhooks import webhooks
from handlers.wiring import changes, queues


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take a batch of changes; after an error all of it returns, under the same ids."""
    told = [announcement for change in changes.of(event) if (announcement := webhooks.announcement(change))]
    queues.to(Env.WEBHOOKS_QUEUE).send_all([announcement.to_json() for announcement in told])
