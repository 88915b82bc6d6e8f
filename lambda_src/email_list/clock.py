"""Time as the list stores it: UTC, ISO 8601, fixed width, so that text order is time order."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current moment, aware, in UTC. Passed in as a `Clock`, so that tests can stop time."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """`2026-11-24T10:15:00.000Z`: always with milliseconds, so that every stored moment has 24 characters."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """Parse a moment. ValueError for text that is not an ISO 8601 moment with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    return moment.astimezone(UTC)
