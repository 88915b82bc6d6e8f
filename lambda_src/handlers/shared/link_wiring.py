"""What the functions share that make or follow the links in mails; the others do without the library that signs."""

from functools import cache

from email_list.http import Request
from email_list.people.links import Links
from email_list.people.tokens import MAX_TOKEN, LinkKeys, LinkTokens
from handlers.shared import wiring


@cache
def tokens() -> LinkTokens:
    return LinkTokens(LinkKeys.from_json(wiring.link_keys()))


@cache
def links() -> Links:
    return Links(wiring.settings().public_url, tokens())


def token(request: Request) -> str:
    """The token of a link or of the form that the link's page holds; empty when there is none."""
    return request.text_field("token", MAX_TOKEN)
