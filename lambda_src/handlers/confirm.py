"""The page behind a confirmation mail's link, and the button on it."""

from email_list import pages
from email_list.clock import iso, utc_now
from email_list.http import Request, Response
from email_list.people.signup import MAX_USER_AGENT
from email_list.people.subscribers import Confirmation, Evidence
from email_list.people.tokens import Claims, ExpiredTokenError, Purpose
from email_list.router import Router
from handlers.shared import greetings, link_wiring, page_answers, wiring

handler = Router("confirm", on_error=page_answers.problem)


@handler.operation("show_confirmation_page")
def _show(request: Request) -> Response:
    return pages.confirm(page_answers.theme(request), "confirm", link_wiring.token(request), _claims(request).email)


@handler.operation("confirm")
def _confirm(request: Request) -> Response:
    theme, claims = page_answers.theme(request), _claims(request)
    evidence = Evidence(
        at=iso(utc_now()),
        ip=request.source_ip,
        user_agent=request.user_agent[:MAX_USER_AGENT],
        wording=pages.consent_wording(theme),
    )
    outcome = wiring.people().confirm(claims.email, claims.reference, evidence)
    if outcome is Confirmation.OVER:
        raise ExpiredTokenError("This confirmation is over.")
    wiring.people().forget_erasure(wiring.fingerprints().of(claims.email))
    if outcome is Confirmation.DONE:
        greetings.ask_for("welcome", claims.email, theme.language)
    return pages.confirmed(theme, link_wiring.links().preferences(claims.email))


def _claims(request: Request) -> Claims:
    return link_wiring.tokens().verify(Purpose.CONFIRM, link_wiring.token(request))
