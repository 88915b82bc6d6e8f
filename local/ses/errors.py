"""The errors Amazon SES v2 answers with, as exceptions that carry their HTTP status.

Names and status codes are those of the service model (botocore `sesv2`).
"""


class SesError(Exception):
    """An answer other than success. `code` is the error's name on the wire."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        return type(self).__name__


class AlreadyExistsException(SesError):
    pass


class BadRequestException(SesError):
    pass


class InternalServiceErrorException(SesError):
    status = 500


class InvalidNextTokenException(SesError):
    pass


class LimitExceededException(SesError):
    pass


class MessageRejected(SesError):
    pass


class NotFoundException(SesError):
    status = 404


class NotImplementedException(SesError):
    """Not an SES error: the stand-in lacks what was asked for. 501, which no SDK retries."""

    status = 501


class SendingPausedException(SesError):
    pass


class TooManyRequestsException(SesError):
    status = 429


class ConnectionDropped(Exception):
    """A fault asks for the connection to be closed without an answer."""
