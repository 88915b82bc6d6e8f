"""Errors a caller can mend. Each knows the HTTP status and the code that its answer carries."""

from collections.abc import Mapping, Sequence
from typing import Any


class EmailListError(Exception):
    """Base of every expected error: `message` is meant for the caller, never holds internals."""

    status = 400
    code = "bad_request"
    headers: Mapping[str, str] = {}
    """What the answer carries besides."""

    def __init__(self, message: str, *, code: str | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if code:
            self.code = code


class MalformedError(EmailListError):
    """The request cannot be read at all: not JSON, not UTF-8, not an object."""

    status = 400
    code = "malformed"


class InvalidAddressError(EmailListError):
    """The address is not one that mail can be sent to."""

    status = 400
    code = "invalid_address"


class NotFoundError(EmailListError):
    status = 404
    code = "not_found"


class MethodNotAllowedError(EmailListError):
    """The path is one of the API's, the method none of that path's; `allowed` are those."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This path takes {', '.join(allowed)}.")
        self.headers = {"allow": ", ".join(allowed)}


class ConflictError(EmailListError):
    """What is asked for contradicts what is already there."""

    status = 409
    code = "conflict"


class TooLargeError(EmailListError):
    status = 413
    code = "too_large"


class InvalidError(EmailListError):
    """Well-formed, but a value is out of its bounds; `details` names the field where there is one."""

    status = 422
    code = "invalid"


class TooManyRequestsError(EmailListError):
    status = 429
    code = "too_many_requests"


class InternalError(EmailListError):
    """Something unexpected; the request id in `details` finds the log line, internals stay inside."""

    status = 500
    code = "internal"
