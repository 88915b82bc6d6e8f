"""Email addresses: which text is one, and which two texts are the same one."""

import re
from collections.abc import Sequence
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from email_list.errors import InvalidAddressError, InvalidError

MAX_LENGTH = 254
"""Characters of a whole address (RFC 5321, section 4.5.3.1.3)."""

MAX_TEST_ADDRESSES = 10

_ORDINARY = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
"""Local parts about which there is nothing to check but their length."""
MAX_LOCAL_LENGTH = 64
"""Characters before the @ (RFC 5321, section 4.5.3.1.1)."""


def normalise(text: object) -> str:
    """The canonical spelling under which a person is stored: lower case, the domain in its ASCII form.

    The part before the @ must be ASCII: SES does not support internationalised local parts (SES API, Destination:
    "Amazon SES does not support the SMTPUTF8 extension"). InvalidAddressError says what is wrong with anything else.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidAddressError("An email address is required.")
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise InvalidAddressError(f"An email address has at most {MAX_LENGTH} characters.")
    local, _, domain = text.rpartition("@")
    try:
        if len(local) <= MAX_LOCAL_LENGTH and _ORDINARY.fullmatch(local):
            normalised = f"{local.lower()}@{_domain(domain)}"
        else:
            normalised = _checked(text)
    except EmailNotValidError as error:
        raise InvalidAddressError(f"This is not a valid email address: {error}") from error
    if len(normalised) > MAX_LENGTH:
        raise InvalidAddressError(f"An email address has at most {MAX_LENGTH} characters.")
    return normalised


def _checked(text: str) -> str:
    address = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    return f"{address.ascii_local_part}@{address.ascii_domain}".lower()


@lru_cache(maxsize=1024)
def _domain(text: str) -> str:
    """Remembered, because people share few domains: checking one costs as much as all else about an event."""
    return _checked(f"a@{text}").removeprefix("a@")


def is_valid(text: str) -> bool:
    """Whether this is an address."""
    try:
        normalise(text)
    except InvalidAddressError:
        return False
    return True


def of_test(to: object) -> list[str]:
    """Where a test email goes, from a request's field `to`: normalised, each once. InvalidError says what is wrong."""
    if not isinstance(to, Sequence) or isinstance(to, str) or not 0 < len(to) <= MAX_TEST_ADDRESSES:
        raise InvalidError(f"to must be a list of 1 to {MAX_TEST_ADDRESSES} addresses.", details={"field": "to"})
    return list(dict.fromkeys(normalise(address) for address in to))
