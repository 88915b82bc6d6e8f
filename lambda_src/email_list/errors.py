"""Errors a caller can fix. Each knows the HTTP status and the code of its response."""

from collections.abc import Mapping, Sequence
from typing import Any


class EmailListError(Exception):
    """Base of every expected error: `message` is meant for the caller and never contains internals."""

    status = 400
    code = "bad_request"
    headers: Mapping[str, str] = {}
    """What else the response contains."""

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
    """Emails cannot be sent to this address."""

    status = 400
    code = "invalid_address"


class NotFoundError(EmailListError):
    status = 404
    code = "not_found"


class MethodNotAllowedError(EmailListError):
    """The path belongs to the API but does not support this method; `allowed` are those it does."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This path supports {', '.join(allowed)}.")
        self.headers = {"allow": ", ".join(allowed)}


class ConflictError(EmailListError):
    """The request conflicts with what already exists."""

    status = 409
    code = "conflict"


class OvertakenError(EmailListError):
    """Somebody else has changed the thing since the caller read it; `details` has what it is now."""

    status = 412
    code = "version_conflict"


class TooLargeError(EmailListError):
    status = 413
    code = "too_large"


class UnsupportedMediaTypeError(EmailListError):
    """The body is not said to be what is taken here."""

    status = 415
    code = "unsupported_media_type"


class InvalidError(EmailListError):
    """Well-formed, but a value is out of bounds; `details` names the field if there is one."""

    status = 422
    code = "invalid"


class TooManyRequestsError(EmailListError):
    status = 429
    code = "too_many_requests"


class InternalError(EmailListError):
    """Something unexpected; the request id in `details` finds the log line, internals are not revealed."""

    status = 500
    code = "internal"
