"""Email addresses: which text is one, and which two texts are the same one."""

from collections.abc import Sequence

from email_validator import EmailNotValidError, validate_email

from email_list.errors import InvalidAddressError, InvalidError

MAX_LENGTH = 254
"""Characters of a whole address (RFC 5321, section 4.5.3.1.3)."""

MAX_TEST_ADDRESSES = 10


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
    try:
        address = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise InvalidAddressError(f"This is not a valid email address: {error}") from error
    normalised = f"{address.ascii_local_part}@{address.ascii_domain}".lower()
    if len(normalised) > MAX_LENGTH:
        raise InvalidAddressError(f"An email address has at most {MAX_LENGTH} characters.")
    return normalised


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
