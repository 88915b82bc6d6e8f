"""Joining the list: the sign-up form, the same form to paste into another site, and sign-ups by form or JSON.

Direct invocation is the operators' door: those who may use it vouch for the person, who joins at once.
"""

from collections.abc import Mapping
from typing import Any

from email_list import pages
from email_list.clock import iso, utc_now
from email_list.errors import EmailListError
from email_list.http import Request, Response, error_response, json_response
from email_list.people import signup, sources
from email_list.people.consent import Act
from email_list.people.signup import Wish
from email_list.people.subscribers import VOUCHED, Evidence
from email_list.router import Router
from handlers.wiring import audit, joining, people, secrets, settings
from handlers.wiring import pages as answers

_FIELD_ERRORS = {
    "invalid_address": ("email", pages.FieldError.INVALID_ADDRESS),
    "address_in_name": ("name", pages.FieldError.ADDRESS_IN_NAME),
    "captcha_required": ("captcha", pages.FieldError.CAPTCHA_FAILED),
    "captcha_failed": ("captcha", pages.FieldError.CAPTCHA_FAILED),
}


def _answer_error(error: EmailListError, request: Request) -> Response:
    if request.method == "POST" and not request.is_form:
        return error_response(error)
    if error.code == "already_subscribed":
        return pages.already_subscribed(answers.theme(request))
    field, reason = _FIELD_ERRORS.get(error.code, ("", None))
    if error.code == "invalid" and isinstance(error.details, dict) and error.details.get("field") == "name":
        field, reason = "name", pages.FieldError.TOO_LONG
    return _form(request, {field: reason}) if reason else answers.problem(error, request)


handler = Router("subscribe", audit=audit.enter, on_error=_answer_error)


@handler.operation("show_sign_up_form")
def _show(request: Request) -> Response:
    return _form(request)


@handler.operation("get_embeddable_form")
def _embed(request: Request) -> Response:
    headers = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
    return Response(200, answers.embed_snippet(request), headers)


@handler.operation("sign_up")
def _sign_up(request: Request) -> Response:
    return _by_form(request) if request.is_form else _by_program(request)


def _by_form(request: Request) -> Response:
    asked, theme = request.fields, answers.theme(request)
    if pages.HONEYPOT_FIELD in asked:
        # Our own form: no tick means no topic. Elsewhere, a form that does not mention topics means all of them.
        asked = {**asked, "topics": pages.chosen_topics(asked, settings.topics())}
    asked = {**asked, "source": sources.of_form(asked.get("source"))}
    wish = _wish(request, asked, sources.FORM, pages.consent_wording(theme))
    return pages.subscribed(theme) if _joins(wish, request) else pages.check_inbox(theme)


def _by_program(request: Request) -> Response:
    wish = _wish(request, request.fields, sources.API)
    if _joins(wish, request):
        return json_response(200, {"message": "You are subscribed.", "email": wish.email})
    return json_response(202, {"message": "Please check your inbox and confirm your subscription."})


@handler.direct
def _by_operator(request: Request) -> Response:
    wish = _wish(request, request.fields, sources.OPERATOR, VOUCHED)
    signup.vouch(wish, people.table(), secrets.fingerprint, Act.INVOKE)
    return json_response(200, {"message": "You are subscribed.", "email": wish.email})


def _joins(wish: Wish, request: Request) -> bool:
    trapped = bool(request.fields.get(pages.HONEYPOT_FIELD))
    return joining.sign_ups().take(wish, request.source_ip, request.fields, trapped=trapped)


def _wish(request: Request, asked: Mapping[str, Any], source: str, wording: str = "") -> Wish:
    theme = answers.theme(request)
    evidence = Evidence(
        at=iso(utc_now()),
        ip=request.source_ip,
        user_agent=request.user_agent[: signup.MAX_USER_AGENT],
        wording=wording,
        tracking=answers.tracking(theme, agrees=signup.agrees(asked.get("tracking"))),
    )
    return signup.read_wish(asked, settings.topics(), evidence, source, theme.language, stranger=not request.direct)


def _form(request: Request, errors: dict[str, pages.FieldError] | None = None) -> Response:
    typed = {name: value for name, value in request.fields.items() if isinstance(value, str)} if errors else {}
    site_key = answers.captcha_site_key()
    return pages.subscribe_form(answers.theme(request), "subscribe", settings.topics(), typed, errors, site_key)
