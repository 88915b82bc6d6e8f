"""Pages of a listing, with the tokens SES hands out between them."""

from collections.abc import Sequence
from typing import Any, TypeVar

from local.ses.errors import BadRequestException, InvalidNextTokenException

Item = TypeVar("Item")


def page(items: Sequence[Item], parameters: dict[str, Any], largest: int) -> tuple[list[Item], dict[str, str]]:
    """The page that `NextToken` and `PageSize` ask for, and the `NextToken` of the answer if more is left."""
    size = parameters.get("PageSize") or largest
    if not 1 <= size <= largest:
        raise BadRequestException(f"PageSize must be between 1 and {largest}.")
    token = parameters.get("NextToken") or "0"
    if not token.isdecimal() or int(token) > len(items):
        raise InvalidNextTokenException("The specified NextToken is invalid or expired.")
    end = int(token) + size
    return list(items[int(token) : end]), {"NextToken": str(end)} if end < len(items) else {}
