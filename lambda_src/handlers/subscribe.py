"""GET and POST /subscribe: the sign-up form, and joining the list by form or JSON.

GET /subscribe/embed is the form's HTML to paste into another site.

Direct invocation is the operator's door: whoever may use it vouches for the person, who joins at once.
"""

import os
from functools import cache

from email_list import pages
from email_list.aws.clients import dynamodb_table, read_secret
from email_list.aws.limit_table import LimitTable
from email_list.aws.queue import Queue
from email_list.clock import iso, utc_now
from email_list.errors import EmailListError, TooManyRequestsError
from email_list.http import Request, Response, endpoint, error_response, json_response
from email_list.people import captcha, signup
from email_list.people.consent import Act
from email_list.people.limits import HOUR, Limit, source_network
from email_list.people.signup import Wish
from email_list.people.subscribers import Evidence
from email_list.settings import SignUpPolicy
from handlers.shared import page_answers, wiring

_FIELD_ERRORS = {
    "invalid_address": ("email", pages.FieldError.INVALID_ADDRESS),
    "captcha_required": ("captcha", pages.FieldError.CAPTCHA_FAILED),
    "captcha_failed": ("captcha", pages.FieldError.CAPTCHA_FAILED),
}


@cache
def _policy() -> SignUpPolicy:
    return SignUpPolicy.from_environment(os.environ)


@cache
def _limit() -> Limit:
    counters = LimitTable(dynamodb_table(os.environ["RECORDS_TABLE"]))
    return Limit("sign-up", _policy().per_ip_and_hour, HOUR, counters)


@cache
def _captcha() -> captcha.Captcha:
    parameter = os.environ.get("CAPTCHA_SECRET_PARAMETER")
    return captcha.turnstile(read_secret(parameter)) if parameter else captcha.off


@cache
def _wishes() -> Queue:
    return Queue(os.environ["SIGNUPS_QUEUE"])


def _answer_error(error: EmailListError, request: Request | None) -> Response:
    if request is None or not (request.is_form or request.method == "GET"):
        return error_response(error)
    field, reason = _FIELD_ERRORS.get(error.code, ("", None))
    if error.code == "invalid" and isinstance(error.details, dict) and error.details.get("field") == "name":
        field, reason = "name", pages.FieldError.TOO_LONG
    return _form(request, {field: reason}) if reason else page_answers.problem(error, request)


@endpoint(on_error=_answer_error)
def handler(request: Request) -> Response:
    if request.method == "GET":
        return _snippet(request) if request.path.endswith("/embed") else _form(request)
    if request.direct:
        wish = _wish(request, "operator")
        signup.vouch(wish, wiring.people(), wiring.fingerprints(), Act.INVOKE)
        return json_response(200, {"message": "You are subscribed.", "email": wish.email})
    wish = _wish(request, "form" if request.is_form else "api")
    if request.fields().get(pages.HONEYPOT_FIELD):
        return _accepted(request)
    if not _limit().use(source_network(request.source_ip)):
        raise TooManyRequestsError("Too many requests from your network. Please try again in an hour.")
    _captcha()(request.fields(), request.source_ip)
    if _policy().double_opt_in:
        _wishes().send(wish.to_json())
        return _accepted(request)
    signup.join_at_once(wish, wiring.people())
    wiring.people().forget_erasure(wiring.fingerprints().of(wish.email))
    if request.is_form:
        return pages.subscribed(page_answers.theme(request))
    return json_response(200, {"message": "You are subscribed.", "email": wish.email})


def _accepted(request: Request) -> Response:
    """One and the same answer for every address, known or not."""
    if request.is_form:
        return pages.check_inbox(page_answers.theme(request))
    return json_response(202, {"message": "Please check your inbox and confirm your subscription."})


def _wish(request: Request, source: str) -> Wish:
    asked = request.fields()
    if request.is_form and pages.HONEYPOT_FIELD in asked:
        # Our own form: no tick means no topic. Elsewhere, a form that does not mention topics means all of them.
        asked = {**asked, "topics": pages.chosen_topics(asked, wiring.topics())}
    theme = page_answers.theme(request)
    wording = pages.consent_wording(theme) if request.is_form else ""
    evidence = Evidence(
        at=iso(utc_now()),
        ip=request.source_ip,
        user_agent=request.user_agent[: signup.MAX_USER_AGENT],
        wording=wording,
    )
    return signup.read_wish(asked, wiring.topics(), evidence, source, theme.language)


def _snippet(request: Request) -> Response:
    subscribe_url = wiring.settings().public_url + "/subscribe"
    site_key = os.environ.get("CAPTCHA_SITE_KEY")
    snippet = pages.embed_snippet(page_answers.theme(request), subscribe_url, wiring.topics(), site_key)
    return Response(200, snippet, {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"})


def _form(request: Request, errors: dict[str, pages.FieldError] | None = None) -> Response:
    typed = {name: value for name, value in request.form().items() if isinstance(value, str)} if errors else {}
    site_key = os.environ.get("CAPTCHA_SITE_KEY")
    return pages.subscribe_form(page_answers.theme(request), "subscribe", wiring.topics(), typed, errors, site_key)
