"""What the check before sending finds, and the words for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

CODES: Mapping[str, str] = {
    "missing_value": "The letter would have a gap where a value is missing.",
    "unknown_attribute": "Nobody in the audience has an attribute that the letter uses.",
    "nobody": "There is nobody in the audience.",
    "many_readers": "Many more readers than recent newsletters had.",
    "no_test": "The letter has not been sent as a test.",
    "night": "Sending would start at night, in the list's time zone.",
    "quota": "SES accepts no more emails in 24 hours than the account's quota; the rest waits.",
    "warm_up": "The warm-up of the domain spreads the newsletter over several days.",
    "sending_disabled": "SES currently accepts no emails from the account.",
    "price": "What SES charges.",
    "end": "When everybody will have the newsletter at the current rate.",
}
"""Codes of findings besides those of letters' warnings and of errors, and what each means."""


class Severity(StrEnum):
    """How much a finding matters: an error keeps the newsletter from being sent."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Something to report. `part` is `subject`, `body`, `html`, `text`, the name of a value, or a field of the request;
    `line` counts from 1 in what was written, None if it concerns the whole part."""

    severity: Severity
    code: str
    message: str
    part: str
    line: int | None = None
