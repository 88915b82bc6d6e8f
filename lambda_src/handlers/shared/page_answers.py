"""What the handlers that answer with pages share: the theme of a request, and errors as friendly pages."""

from email_list import pages
from email_list.errors import EmailListError
from email_list.http import Request, Response
from handlers.shared import wiring


def theme(request: Request) -> pages.Theme:
    """The list's looks, in the language of this request."""
    settings = wiring.settings()
    return pages.Theme(
        list_name=settings.name,
        accent_color=settings.accent_color,
        language=pages.language(
            request.headers.get("accept-language"), settings.language, request.text_field("language", 10)
        ),
        privacy_url=settings.privacy_url,
        postal_address=settings.postal_address,
    )


def problem(error: EmailListError, request: Request) -> Response:
    """An error as a page that says what to do next."""
    known = error.code in list(pages.Problem)
    kind = pages.Problem(error.code) if known else _kind(error.status)
    return pages.problem(theme(request), error.status, kind, wiring.settings().public_url + "/subscribe")


def _kind(status: int) -> pages.Problem:
    if status >= 500:
        return pages.Problem.TRY_LATER
    return pages.Problem.NOT_FOUND if status == 404 else pages.Problem.FORM_ERROR
