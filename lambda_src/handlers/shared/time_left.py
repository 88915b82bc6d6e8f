"""How a worker knows when to hand over to another invocation."""

from collections.abc import Callable
from typing import Any

RESERVE_MILLISECONDS = 30_000
"""Longer than one step of any worker takes, so that none is cut off in the middle."""


def has_time(context: Any) -> Callable[[], bool]:
    """Whether this invocation may begin another step."""
    return lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS
