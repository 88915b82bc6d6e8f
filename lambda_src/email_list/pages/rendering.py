"""From a template to a response: escaped by default, and with headers that keep a page private."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markupsafe import Markup

from email_list.http import Response
from email_list.pages.texts import marked
from email_list.pages.theme import Theme, framing_stylesheet, stylesheet

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_CAPTCHA_ORIGIN = "https://challenges.cloudflare.com"


@cache
def _environment() -> "Environment":
    # Imported for the first page: a function that answers in JSON starts without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render(name: str, theme: Theme, **context: Any) -> str:
    """The text of the template `name`, where `t(key, ...)` gives a text in the theme's language."""
    list_name = Markup("<bdi>{}</bdi>").format(theme.list_name)
    t = partial(marked, theme.language, list_name=list_name)
    return _environment().get_template(f"{name}.html").render(theme=theme, t=t, **context)


def page(
    name: str,
    theme: Theme,
    status: int = 200,
    *,
    key: str | None = None,
    errors: Mapping[str, str] | None = None,
    captcha_site_key: str | None = None,
    indexable: bool = False,
    **context: Any,
) -> Response:
    """The page of the template `name`; the keys of its texts begin with `key`, or else with `name`.

    A page's address may contain a token, so it is neither stored, nor indexed, nor revealed to other sites.
    """
    style = stylesheet(theme.accent_color)
    # The style is our own text and hashed below: it must reach the browser unescaped.
    context |= {"style": Markup(style)}  # noqa: S704
    context |= {"key": key or name, "errors": errors or {}, "captcha_site_key": captcha_site_key}
    body = render(name, theme, **context)
    policy = _security_policy(style, theme, captcha=captcha_site_key is not None)
    return Response(status, body, _headers(policy, indexable=indexable))


def around_letter(name: str, theme: Theme, *, indexable: bool, **context: Any) -> Response:
    """The page of the template `name` around a letter, which has styles of its own and pictures from anywhere."""
    # Our own text, as above.
    style = Markup(framing_stylesheet(theme.accent_color))  # noqa: S704
    body = render(name, theme, style=style, errors={}, captcha_site_key=None, **context)
    return Response(200, body, _headers(_LETTER_POLICY, indexable=indexable))


def _headers(policy: str, *, indexable: bool) -> dict[str, str]:
    return {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        **({} if indexable else {"x-robots-tag": "noindex"}),
    }


def _security_policy(style: str, theme: Theme, *, captcha: bool) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    directives = [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    if theme.logo_url:
        place = urlsplit(theme.logo_url)
        directives.append(f"img-src {place.scheme}://{place.netloc}")
    if captcha:
        # https://developers.cloudflare.com/turnstile/reference/content-security-policy
        directives += [f"script-src {_CAPTCHA_ORIGIN}", f"frame-src {_CAPTCHA_ORIGIN}"]
    return "; ".join(directives)
