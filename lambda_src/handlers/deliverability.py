"""Whether emails arrive: a check-up for administrators, and once a day, on a schedule, what has broken."""

from typing import Any

from email_list.deliverability import daily
from email_list.deliverability.advice import Advice
from email_list.errors import InvalidError
from email_list.http import Request, Response, json_response
from email_list.private_logs import keep_private
from email_list.router import Router
from email_list.words import languages
from handlers.wiring import deliverability, engine, settings

answers = Router("deliverability")


@answers.operation("get_deliverability")
def _look(request: Request) -> Response:
    language = request.query.get("language") or settings.of_list().language
    if language not in (*languages(), "auto"):
        known = ", ".join(languages())
        raise InvalidError(f"language must be one of {known}.", details={"field": "language"})
    return json_response(200, Advice(deliverability.checkup().look(), language).to_json())


@keep_private
def handler(event: Any, context: Any) -> Any:
    """Answer a request, or do the daily check when a schedule starts this. An error then has Lambda try again."""
    if "requestContext" in event:
        return answers(event, context)
    kept, told = deliverability.memory(), deliverability.metrics()
    daily.check(deliverability.checkup().look, kept, engine.store(), told)
    return None
