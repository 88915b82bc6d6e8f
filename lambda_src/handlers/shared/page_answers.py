"""What the handlers that answer with pages share: the theme of a request, and errors as friendly pages."""

from email_list import pages
from email_list.errors import EmailListError
from email_list.http import Request, Response
from handlers.shared import wiring


def theme(request: Request | None) -> pages.Theme:
    """The list's looks, in the language of this request."""
    settings = wiring.settings()
    accepted = request.headers.get("accept-language") if request else None
    return pages.Theme(
        list_name=settings.name,
        accent_color=settings.accent_color,
        language=pages.language(accepted, settings.language, _shown_language(request)),
        privacy_url=settings.privacy_url,
        postal_address=settings.postal_address,
    )


def problem(error: EmailListError, request: Request | None) -> Response:
    """An error as a page that says what to do next."""
    known = error.code in list(pages.Problem)
    kind = pages.Problem(error.code) if known else _kind(error.status)
    return pages.problem(theme(request), error.status, kind, wiring.settings().public_url + "/subscribe")


def _kind(status: int) -> pages.Problem:
    if status >= 500:
        return pages.Problem.TRY_LATER
    return pages.Problem.NOT_FOUND if status == 404 else pages.Problem.FORM_ERROR


def _shown_language(request: Request | None) -> str | None:
    try:
        return request.text_field("language", 10) if request else None
    except EmailListError:
        return None
