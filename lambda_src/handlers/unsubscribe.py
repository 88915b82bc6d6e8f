"""GET and POST /unsubscribe: the link in every mail, its button, and RFC 8058's one click.

Direct invocation takes `{"email"}` or `{"token"}` and answers in JSON.
"""

from email_list import addresses, fields, pages
from email_list.clock import iso, utc_now
from email_list.errors import EmailListError, NotFoundError
from email_list.http import Request, Response, endpoint, error_response, json_response
from email_list.people.subscribers import UNSUBSCRIBE_REASONS
from email_list.people.tokens import Purpose
from handlers.shared import greetings, link_wiring, page_answers, wiring


def _answer_error(error: EmailListError, request: Request | None) -> Response:
    if request is None or request.direct:
        return error_response(error)
    return page_answers.problem(error, request)


@endpoint(on_error=_answer_error)
def handler(request: Request) -> Response:
    if request.direct:
        return _by_operator(request)
    theme = page_answers.theme(request)
    token = link_wiring.token(request)
    claims = link_wiring.tokens().verify(Purpose.UNSUBSCRIBE, token)
    email = claims.email
    if request.method == "GET":
        return pages.unsubscribe(theme, "unsubscribe", token, email, link_wiring.links().preferences_from(claims))
    if wiring.people().unsubscribe(email, iso(utc_now()), _reason(request)):
        greetings.ask_for("goodbye", email, theme.language)
    return pages.unsubscribed(theme, "subscribe")


def _by_operator(request: Request) -> Response:
    asked = request.json()
    if "token" in asked:
        email = link_wiring.tokens().verify(Purpose.UNSUBSCRIBE, str(asked["token"])).email
    else:
        email = addresses.normalise(asked.get("email"))
    if not wiring.people().unsubscribe(email, iso(utc_now()), by="operator") and not wiring.people().get(email):
        raise NotFoundError("There is no subscriber with this address.")
    return json_response(200, {"message": "You are unsubscribed.", "email": email})


def _reason(request: Request) -> str:
    """What the reader chose and wrote; whatever it is, it never stands in the way of leaving."""
    chosen = request.text_field("reason", 50)
    words = [chosen] if chosen in UNSUBSCRIBE_REASONS else []
    comment = request.text_field("comment", 4 * pages.MAX_COMMENT)
    if comment:
        words.append(fields.single_line(comment, "comment", 4 * pages.MAX_COMMENT)[: pages.MAX_COMMENT])
    return ": ".join(words)
