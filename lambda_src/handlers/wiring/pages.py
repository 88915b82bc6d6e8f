"""What functions that answer with pages share: the list's look, and errors as friendly pages."""

import os

from email_list import pages
from email_list.errors import EmailListError
from email_list.http import Request, Response
from handlers.wiring import settings


def theme(request: Request) -> pages.Theme:
    """The list's look, in the language of this request."""
    of_list = settings.of_list()
    accepted, shown = request.headers.get("accept-language"), request.text_field("language", 10)
    return pages.Theme(
        list_name=of_list.name,
        accent_color=of_list.accent_color,
        language=pages.language(accepted, of_list.language, shown),
        privacy_url=of_list.privacy_url,
        logo_url=of_list.logo_url,
        website_url=of_list.website_url,
        description=of_list.description,
        postal_address=of_list.postal_address,
        asks_tracking=of_list.track_engagement == "consenting",
    )


def tracking(theme: pages.Theme, *, agrees: bool) -> str:
    """What somebody agrees to who lets their opens and clicks be known; empty if they do not, or nobody asks."""
    return pages.tracking_wording(theme) if theme.asks_tracking and agrees else ""


def captcha_site_key() -> str | None:
    return os.environ.get("CAPTCHA_SITE_KEY")


def embed_snippet(request: Request) -> str:
    """The sign-up form to paste into any website."""
    subscribe_url = settings.of_list().public_url + "/subscribe"
    return pages.embed_snippet(theme(request), subscribe_url, settings.topics(), captcha_site_key())


def problem(error: EmailListError, request: Request) -> Response:
    """An error as a page that says what to do next."""
    subscribe_url = settings.of_list().public_url + "/subscribe"
    return pages.problem(theme(request), error.status, pages.Problem.of(error), subscribe_url)
