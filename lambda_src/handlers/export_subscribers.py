"""Started in the background: continue an export, in as many invocations as it needs."""

from typing import Any

from email_list.invocations import has_time
from email_list.private_logs import keep_private
from handlers.wiring import exporting


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take `{"id": id}`. After an error Lambda tries twice more."""
    if not exporting.exporter().run(event["id"], has_time(context)):
        exporting.itself().start(event)
