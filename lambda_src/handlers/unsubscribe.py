"""The link in every email, the button behind it, and RFC 8058's one click.

Direct invocation takes `{"email"}` or `{"token"}` and answers in JSON.
"""

from email_list import addresses, fields, pages
from email_list.clock import iso, utc_now
from email_list.errors import NotFoundError
from email_list.http import Request, Response, json_response
from email_list.people.subscribers import UNSUBSCRIBE_REASONS
from email_list.people.tokens import Purpose
from email_list.router import Router
from handlers.wiring import audit, greetings, links, people
from handlers.wiring import pages as answers

handler = Router("unsubscribe", audit=audit.enter, on_error=answers.problem)


@handler.operation("show_unsubscribe_page")
def _show(request: Request) -> Response:
    token, claims = links.token(request), links.claims(request, Purpose.UNSUBSCRIBE)
    preferences = links.links().preferences_from(claims)
    return pages.unsubscribe(answers.theme(request), "unsubscribe", token, claims.email, preferences)


@handler.operation("unsubscribe")
def _unsubscribe(request: Request) -> Response:
    theme, email = answers.theme(request), links.claims(request, Purpose.UNSUBSCRIBE).email
    if people.table().unsubscribe(email, iso(utc_now()), _reason(request)):
        greetings.say_goodbye(email, theme.language)
    return pages.unsubscribed(theme, "subscribe")


@handler.direct
def _by_operator(request: Request) -> Response:
    asked = request.fields
    if "token" in asked:
        email = links.tokens().verify(Purpose.UNSUBSCRIBE, str(asked["token"])).email
    else:
        email = addresses.normalise(asked.get("email"))
    if not people.table().unsubscribe(email, iso(utc_now()), by="operator") and not people.table().get(email):
        raise NotFoundError("There is no subscriber with this address.")
    return json_response(200, {"message": "You are unsubscribed.", "email": email})


def _reason(request: Request) -> str:
    """What the reader chose and wrote; whatever it is, it never prevents them from leaving."""
    chosen = request.text_field("reason", 50)
    words = [chosen] if chosen in UNSUBSCRIBE_REASONS else []
    comment = request.text_field("comment", 4 * pages.MAX_COMMENT)
    if comment:
        readable = comment.replace(fields.UNREADABLE, "?")
        words.append(fields.single_line(readable, "comment", 4 * pages.MAX_COMMENT)[: pages.MAX_COMMENT])
    return ": ".join(words)
