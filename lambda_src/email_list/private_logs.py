"""Logs without addresses and tokens, whatever a message, an error or its traceback quotes.

Lambda writes what functions log as JSON, with the request's id and each `extra` as a field of its own (Lambda developer
guide, "Using structured JSON logs with Python"), so functions simply log with `extra={"campaign": id}`. This module
removes what must not appear there. An error that leaves a handler is written by Lambda itself, bypassing all logging,
so every handler cleans what leaves it (`keep_private`).
"""

import functools
import logging
import re
from collections.abc import Callable
from typing import Any

_ADDRESS = re.compile(r"(?<![^\s<>\"(),:;\[\]\\])[^\s<>\"(),:;\[\]\\]+(?:@|%(?:25)*40)[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(r"(?<![\w-])[\w-]+\.[\w-]{8,}\.[\w-]{43}(?![\w-])|(?<=Bearer )[\w.~+/-]+=*", re.IGNORECASE)
"""Those of links (`email_list.people.tokens`) and of administrators."""

_PLAIN = frozenset(vars(logging.makeLogRecord({})))


def masked(text: str) -> str:
    """The text with each address and each token replaced by a word."""
    return _TOKEN.sub("(token)", _ADDRESS.sub("(address)", text))


class PrivacyFilter(logging.Filter):
    """Rewrites records; attached to a handler, so that the records of every library pass through it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        for name in vars(record).keys() - _PLAIN:
            setattr(record, name, _clean(getattr(record, name)))
        if record.exc_info and record.exc_info[1]:
            _clean_error(record.exc_info[1])
        return True


def install() -> None:
    """Put the filter on every handler of the root logger; Lambda has set one up before it reads the function's code."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, PrivacyFilter) for known in handler.filters):
            handler.addFilter(PrivacyFilter())


def keep_private(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A handler whose errors quote no address and no token."""

    @functools.wraps(handler)
    def private(event: Any, context: Any) -> Any:
        try:
            return handler(event, context)
        except Exception as error:
            _clean_error(error)
            raise

    return private


def _clean_error(error: BaseException) -> None:
    """Mask what an error says, and what the errors that led to it say."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            current.args = tuple(_clean(argument) for argument in current.args)
            waiting += [current.__cause__, current.__context__]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item) for item in value]
    return value
