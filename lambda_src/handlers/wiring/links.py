"""The links in emails, for the functions that make or follow them; the others do without the signing library."""

from functools import cache

from email_list.http import Request
from email_list.people.links import Links
from email_list.people.tokens import MAX_TOKEN, Claims, LinkKeys, LinkTokens, Purpose
from handlers.wiring import secrets, settings


@cache
def tokens() -> LinkTokens:
    return LinkTokens(LinkKeys.from_json(secrets.link_keys()))


@cache
def links() -> Links:
    return Links(settings.of_list().public_url, tokens())


def token(request: Request) -> str:
    """The token of a link, or of the form on the link's page; empty if there is none."""
    return request.text_field("token", MAX_TOKEN)


def claims(request: Request, purpose: Purpose) -> Claims:
    """What the token in a request says. ExpiredTokenError or InvalidTokenError."""
    return tokens().verify(purpose, token(request))
