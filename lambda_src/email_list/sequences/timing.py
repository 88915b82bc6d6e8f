"""When a step is due, by the clocks of the list's time zone.

Days are days of the calendar, so that a wait of one day leads to the same time of day even when the clocks change in
between; hours and minutes are time that passes. With a time of day, a wait of days leads to that time on that day, and
a wait without days to the next such time.
"""

from datetime import UTC, datetime, timedelta, tzinfo

from email_list.clock import from_iso
from email_list.sequences.sequence import Wait

DAY = timedelta(days=1)


def due(wait: Wait, since: str, zone: tzinfo) -> datetime:
    """When a step with this wait is due, in UTC.

    A time of day that the clocks skip is taken as if they had not been changed yet (02:30 is 03:30 then); of one that
    comes twice, the first is meant (PEP 495, `fold` 0).
    """
    passed = from_iso(since) + timedelta(hours=wait.hours, minutes=wait.minutes)
    local = passed.astimezone(zone).replace(tzinfo=None) + DAY * wait.days
    if wait.time_of_day is None:
        return _utc(local, zone) if wait.days else passed
    at = datetime.combine(local.date(), wait.time_of_day)
    if _utc(at, zone) < passed:
        at += DAY
    return _utc(at, zone)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
