"""Cursors: where a listing continues, as one opaque word in a URL."""

import base64
import json
from collections.abc import Sequence

from email_list.errors import MalformedError

MAX_CURSOR = 2000
"""Characters; a cursor with the longest address, written in emoji, has about 1,500."""


def encode(position: Sequence[str]) -> str:
    """The cursor of a position in a listing."""
    text = json.dumps(list(position), separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(cursor: str, parts: int, or_parts: int | None = None) -> list[str]:
    """The position of a cursor: exactly `parts` texts, or as many as the second kind of a listing's positions has.
    MalformedError for anything else.

    A cursor is not signed: a forged one shows administrators another page of what they may read anyway.
    """
    try:
        if len(cursor) > MAX_CURSOR:
            raise ValueError
        position = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(position, list) or len(position) not in (parts, or_parts):
            raise ValueError
        if not all(isinstance(part, str) and part for part in position):
            raise ValueError
        for part in position:
            part.encode()
    except (ValueError, RecursionError) as error:
        raise MalformedError("The cursor does not come from this listing.", code="invalid_cursor") from error
    return position
