"""The list's time zone, for the few functions that need its clocks."""

import base64
from datetime import tzinfo
from functools import cache
from io import BytesIO

from handlers.wiring import settings


@cache
def of_list() -> tzinfo:
    """By the rules that ship with the code."""
    # Imported only when needed: it loads Python's own configuration, and most requests need no time of day.
    from zoneinfo import ZoneInfo

    known = settings.document()["time_zone"]
    return ZoneInfo.from_file(BytesIO(base64.b64decode(known["rules"])), key=known["name"])
