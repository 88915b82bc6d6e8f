"""A check that a person, not a program, fills in the sign-up form. Off unless a secret is configured."""

import json
import logging
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from email_list.errors import EmailListError, InvalidError

TURNSTILE_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
TURNSTILE_FIELD = "cf-turnstile-response"
"""Cloudflare Turnstile, server-side validation: the form field and where it is checked."""

MAX_ANSWER = 2048

Captcha = Callable[[Mapping[str, Any], str], None]
"""Takes the form's fields and the source address; raises if the check fails."""

logger = logging.getLogger(__name__)


class CaptchaUnavailableError(EmailListError):
    """The service that checks the answer cannot be reached. Until then, nobody joins unchecked."""

    status = 503
    code = "captcha_unavailable"


def off(fields: Mapping[str, Any], ip: str) -> None:
    """No check."""


def turnstile(secret: str, url: str = TURNSTILE_URL) -> Captcha:
    """A check by Cloudflare Turnstile with the site's secret key."""

    def check(fields: Mapping[str, Any], ip: str) -> None:
        answer = fields.get(TURNSTILE_FIELD)
        if not isinstance(answer, str) or not 0 < len(answer) <= MAX_ANSWER:
            raise InvalidError("Please complete the check that you are human.", code="captcha_required")
        form = urllib.parse.urlencode({"secret": secret, "response": answer, "remoteip": ip}).encode()
        try:
            with urllib.request.urlopen(url, data=form, timeout=5) as response:  # noqa: S310 - a fixed https address
                passed = json.load(response).get("success") is True
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            logger.error("captcha service failed", extra={"reason": str(error)})
            raise CaptchaUnavailableError("Signing up is not possible right now. Please try again later.") from error
        if not passed:
            raise InvalidError("The check that you are human failed. Please try again.", code="captcha_failed")

    return check
