"""From an event to the code of an operation, by the contract's routes, and from its response back to an event.

Path, query and body are parsed here, once. What an operation does not take is refused before its code runs.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from contract import DIRECT, ROUTES, Access, Route, routes_at
from email_list.errors import (
    EmailListError,
    InternalError,
    InvalidError,
    MalformedError,
    MethodNotAllowedError,
    NotFoundError,
    UnsupportedMediaTypeError,
)
from email_list.http import MAX_BODY, Request, Response, error_response, read_form, read_json
from email_list.private_logs import keep_private

Answer = Callable[[Request], Response]
ErrorAnswer = Callable[[EmailListError, Request], Response]
Audit = Callable[[str, Request, Response], None]
"""Enters into the audit that a request has done this operation, and was answered so. It may fail."""

logger = logging.getLogger(__name__)


class Router:
    """The handler of a function that answers requests; Lambda calls it.

    `function` is its name in the contract. Expected errors are answered by `on_error`, but as JSON as long as no
    operation is known, and for direct invocations. Anything else is logged with its traceback and answered as an
    InternalError. A function through which administrators or operators change something needs an `audit`.
    """

    def __init__(
        self,
        function: str,
        *,
        audit: Audit | None = None,
        on_error: ErrorAnswer = error_response,
        max_body: int = MAX_BODY,
    ) -> None:
        self._function = function
        self._audit = audit
        self._on_error = on_error
        self._max_body = max_body
        self._answers: dict[str, Answer] = {}

    def operation(self, name: str) -> Callable[[Answer], Answer]:
        """Have the decorated function answer one of the contract's operations."""
        if name in _AUDITED and self._audit is None:
            raise ValueError(f"{name} changes something: give its Router an audit, and its function what that needs")

        def register(answer: Answer) -> Answer:
            self._answers[name] = answer
            return answer

        return register

    def direct(self, answer: Answer) -> Answer:
        """Have the decorated function answer direct invocations."""
        return self.operation(_DIRECT)(answer)

    @property
    def operations(self) -> Collection[str]:
        """The operations that are answered here."""
        return self._answers.keys() - {_DIRECT}

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        return keep_private(self._handle)(event, context).to_event()

    def _handle(self, event: Any, context: Any) -> Response:
        request, on_error = Request(), error_response
        try:
            request = Request.from_event(event, self._max_body)
            if request.direct:
                return self._answer_direct(request, context)
            here = routes_at(request.path)
            if not here:
                raise NotFoundError("There is nothing at this path.")
            if request.method == "OPTIONS":
                # Browsers ask before a script of another site may call; API Gateway adds what it allows them.
                return Response(204, "", {"allow": ", ".join(sorted(here))})
            if request.method not in here:
                raise MethodNotAllowedError(sorted(here))
            route, parameters = here[request.method]
            on_error, request = self._on_error, replace(request, path_parameters=parameters)
            request = replace(request, fields=_fields(request, route))
            response = self._answers[route.operation](request)
            if route.is_audited:
                self._enter(route.operation, request, response)
            return response
        except EmailListError as error:
            return on_error(error, request)
        except Exception:
            request_id = getattr(context, "aws_request_id", "unknown")
            logger.exception("unexpected error", extra={"request_id": request_id})
            message = "Something went wrong on our side. Please try again later."
            return on_error(InternalError(message, details={"request_id": request_id}), request)

    def _answer_direct(self, request: Request, context: Any) -> Response:
        if _DIRECT not in self._answers:
            raise MalformedError("This function only answers requests of the HTTP API.")
        fields = read_json(request.body)
        _refuse_unknown(fields, DIRECT[self._function])
        ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
        request = replace(request, fields=fields, ends=ends)
        response = self._answers[_DIRECT](request)
        if self._audit is not None:
            self._enter(self._function, request, response)
        return response

    def _enter(self, operation: str, request: Request, response: Response) -> None:
        """Enter into the audit what was done. That it was done cannot be taken back: if the audit fails, the answer
        stands, and the log says what the audit lacks."""
        assert self._audit is not None
        try:
            self._audit(operation, request, response)
        except Exception:
            lost = {"operation": operation, "token": request.caller.token, "scope": request.caller.scope}
            logger.exception("a change is missing in the audit", extra=lost)


_DIRECT = "direct invocation"
_AUDITED = {route.operation for route in ROUTES if route.is_audited}


def _fields(request: Request, route: Route) -> Mapping[str, Any]:
    """The fields of the body, once neither it nor the query contains anything that the route does not take."""
    if not route.form:
        unknown = sorted(request.query.keys() - set(route.query))
        if unknown:
            raise MalformedError(f"There is no query parameter {unknown[0][:40]!r} here.", details=_named(unknown[0]))
    if request.method in ("GET", "DELETE"):
        return {}
    if route.form and (request.is_form or not route.fields):
        return read_form(request) if request.is_form else {}
    if route.file and request.has_type(route.file):
        return {}
    if route.access is Access.PUBLIC and not request.has_type("application/json"):
        # A browser asks before it sends this type to another site. Any other it just sends, so that whatever page
        # somebody visits could sign people up from their network.
        raise UnsupportedMediaTypeError("Send a form, or JSON with the header content-type: application/json.")
    fields = read_json(request.body)
    _refuse_unknown(fields, route.fields)
    return fields


def _refuse_unknown(fields: Iterable[str], known: Collection[str]) -> None:
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise InvalidError(f"There is no field {unknown[0][:40]!r} here.", details=_named(unknown[0]))


def _named(field: str) -> dict[str, str]:
    return {"field": field[:40]}
