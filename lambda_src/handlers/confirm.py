"""The page behind the link in a confirmation email, and its button."""

from email_list import pages
from email_list.clock import iso, utc_now
from email_list.http import Request, Response
from email_list.people.signup import MAX_USER_AGENT
from email_list.people.subscribers import Confirmation, Evidence
from email_list.people.tokens import ExpiredTokenError, Purpose
from email_list.router import Router
from handlers.wiring import greetings, links, people, secrets
from handlers.wiring import pages as answers

handler = Router("confirm", on_error=answers.problem)


@handler.operation("show_confirmation_page")
def _show(request: Request) -> Response:
    return pages.confirm(
        answers.theme(request), "confirm", links.token(request), links.claims(request, Purpose.CONFIRM).email
    )


@handler.operation("confirm")
def _confirm(request: Request) -> Response:
    theme, claims = answers.theme(request), links.claims(request, Purpose.CONFIRM)
    evidence = Evidence(
        at=iso(utc_now()),
        ip=request.source_ip,
        user_agent=request.user_agent[:MAX_USER_AGENT],
        wording=pages.consent_wording(theme),
    )
    outcome = people.table().confirm(claims.email, claims.reference, evidence)
    if outcome is Confirmation.OVER:
        raise ExpiredTokenError("This confirmation is no longer valid.")
    people.table().forget_erasure(secrets.fingerprint(claims.email))
    if outcome is Confirmation.DONE:
        greetings.ask_for("welcome", claims.email, theme.language)
    return pages.confirmed(theme, links.links().preferences(claims.email))
