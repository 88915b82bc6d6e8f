"""On a schedule, once a day: write the figures of the list and its campaigns to the event lake as rows."""

from typing import Any

from contract import Env
from email_list.clock import utc_now
from email_list.figures import snapshot
from email_list.private_logs import keep_private
from handlers.wiring import figures, lake


@keep_private
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answer with the number of rows written."""
    now = utc_now()
    return {
        "growth": lake.stream(Env.GROWTH_STREAM).put(snapshot.growth(figures.counters(), now)),
        "campaigns": lake.stream(Env.CAMPAIGNS_STREAM).put(snapshot.campaigns(figures.results(), now)),
    }
