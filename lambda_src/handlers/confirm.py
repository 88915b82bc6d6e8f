"""GET and POST /confirm: the page behind a confirmation mail's link, and the button on it."""

from email_list import pages
from email_list.clock import iso, utc_now
from email_list.http import Request, Response, endpoint
from email_list.people.signup import MAX_USER_AGENT
from email_list.people.subscribers import Confirmation, Evidence
from email_list.people.tokens import ExpiredTokenError, Purpose
from handlers.shared import greetings, link_wiring, page_answers, wiring


@endpoint(on_error=page_answers.problem)
def handler(request: Request) -> Response:
    theme = page_answers.theme(request)
    token = link_wiring.token(request)
    claims = link_wiring.tokens().verify(Purpose.CONFIRM, token)
    if request.method == "GET":
        return pages.confirm(theme, "confirm", token, claims.email)
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
