"""Email addresses as SES accepts them: `user@domain.tld`, alone or after a display name."""

import re

from local.ses.errors import BadRequestException

_LOCAL_PART = r"(?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}|\"[^\"\\\r\n]{1,62}\")"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_BARE = re.compile(rf"{_LOCAL_PART}@{_DOMAIN}")
_NAMED = re.compile(rf"\s*(?P<name>\"(?:[^\"\\]|\\.)*\"|[^\"<>()\[\]:;@\\,]*?)\s*<(?P<bare>{_BARE.pattern})>\s*")


def is_bare(address: str) -> bool:
    return _BARE.fullmatch(address) is not None


def is_domain(name: str) -> bool:
    return re.fullmatch(_DOMAIN, name) is not None


def bare(address: str) -> str:
    """The address without its display name. Raises `BadRequestException` if SES would not accept it.

    Non-ASCII display names must come encoded as RFC 2047 says; SES does not do it for the caller
    (API reference, `Destination` and `FromEmailAddress`).
    """
    if _BARE.fullmatch(address):
        return address
    if not address.isascii():
        raise BadRequestException(f"Address contains characters other than 7-bit ASCII: {address!r}")
    if not address.isprintable():
        raise BadRequestException(f"Address contains control characters: {address!r}")
    if "@" not in address:
        raise BadRequestException(f"Missing final '@domain': {address!r}")
    named = _NAMED.fullmatch(address)
    if named is None:
        raise BadRequestException(f"Illegal address: {address!r}")
    return named["bare"]


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def normalised(address: str) -> str:
    """The form two spellings of one mailbox share. SES's suppression list ignores case."""
    return address.lower()
