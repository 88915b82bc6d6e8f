"""The page behind the link in a confirmation email, and its button."""

from typing import NoReturn

from email_list import pages
from email_list.clock import iso, utc_now
from email_list.http import Request, Response
from email_list.people.signup import MAX_USER_AGENT
from email_list.people.subscribers import Evidence
from email_list.people.tokens import Claims, ExpiredTokenError, Purpose
from email_list.router import Router
from handlers.wiring import links, people, secrets
from handlers.wiring import pages as answers

handler = Router("confirm", on_error=answers.problem)


@handler.operation("show_confirmation_page")
def _show(request: Request) -> Response:
    theme, claims = answers.theme(request), links.claims(request, Purpose.CONFIRM)
    if wanted := people.table().wish(claims.email, claims.reference):
        return pages.confirm(theme, "confirm", links.token(request), wanted)
    return _confirmed(theme, claims) or _over()


@handler.operation("confirm")
def _confirm(request: Request) -> Response:
    theme, claims = answers.theme(request), links.claims(request, Purpose.CONFIRM)
    evidence = Evidence(
        at=iso(utc_now()),
        ip=request.source_ip,
        user_agent=request.user_agent[:MAX_USER_AGENT],
        wording=pages.consent_wording(theme),
    )
    people.table().confirm(claims.email, claims.reference, evidence)
    page = _confirmed(theme, claims) or _over()
    people.table().forget_erasure(secrets.fingerprint(claims.email))
    return page


def _confirmed(theme: pages.Theme, claims: Claims) -> Response | None:
    """The answer to a person who is on the list through this link, now or before."""
    person = people.table().confirmed_by(claims.email, claims.reference)
    return pages.confirmed(theme, links.links().preferences(person.email, person.nonce)) if person else None


def _over() -> NoReturn:
    raise ExpiredTokenError("This confirmation is over.")
