"""Engagement over time: how long after an email was sent its reader first opened it, and first clicked a link in it.

Time counts from each email, not from its campaign, so that a campaign that takes days to send shows the same curve as a
quick one. The first day is counted by the hour, the first month by the day; later events count on its last day.
Machines are not counted.
"""

from collections.abc import Iterable, Mapping

HOURS = 24
DAYS = 30

COUNTED = ("opened", "clicked")
"""What is counted over time, as `email_list.campaigns.feedback.Mark` names it."""


def sum_name(counted: str, age: int) -> str:
    """The sum of a campaign in which a reader belongs who first did this so many hours after the email was sent.

    The names are short (`o5` is the sixth hour, `O1` the second day), so that a campaign's sums stay within 1 KB, which
    is the unit of write cost.
    """
    if age < HOURS:
        return f"{counted[0]}{age}"
    return f"{counted[0].upper()}{min(age // 24, DAYS - 1)}"


def over_time(sums: Mapping[str, int]) -> dict[str, list[dict[str, int]]]:
    """Readers by the hour of the first day, and by the day, up to the last on which anybody did anything."""
    hours = [_readers(sums, "hour", [hour], hour) for hour in range(HOURS)]
    first_day = _readers(sums, "day", range(HOURS), 0)
    days = [first_day, *(_readers(sums, "day", [24 * day], day) for day in range(1, DAYS))]
    return {"hours": _without_end(hours), "days": _without_end(days)}


def _readers(sums: Mapping[str, int], unit: str, ages: Iterable[int], number: int) -> dict[str, int]:
    found = {counted: sum(sums.get(sum_name(counted, age), 0) for age in ages) for counted in COUNTED}
    return {unit: number + 1, **found}


def _without_end(periods: list[dict[str, int]]) -> list[dict[str, int]]:
    while periods and not any(periods[-1][counted] for counted in COUNTED):
        periods = periods[:-1]
    return periods
