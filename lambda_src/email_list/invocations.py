"""What Lambda tells a worker about its time, and what a worker tells Lambda about its messages."""

from collections.abc import Callable, Iterable
from typing import Any

RESERVE_MILLISECONDS = 30_000
"""Longer than one step of any worker takes, so that none is cut off halfway."""


def has_time(context: Any) -> Callable[[], bool]:
    """Whether this invocation may begin another step, or must hand over to a fresh one."""
    return lambda: context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS


def out_of_time(context: Any) -> Callable[[], bool]:
    """The opposite of `has_time`."""
    return lambda: context.get_remaining_time_in_millis() <= RESERVE_MILLISECONDS


def to_come_back(message_ids: Iterable[str]) -> dict[str, Any]:
    """The response of a worker whose queue asks for each message that failed (Lambda developer guide, "Implementing
    partial batch responses")."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}
