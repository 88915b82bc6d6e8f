"""Signed tokens in links: who may do what, without a password and without a look-up.

A token reads `<key id>.<payload>.<signature>`. The payload holds the token's expiry, the address, and for some purposes
a reference; the signature covers key id, payload and purpose, so a token made for one purpose is refused for any other.
The key id lets keys rotate: a new key signs, the old ones still verify.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from itsdangerous import BadSignature, Signer

from email_list.clock import Clock, utc_now
from email_list.errors import EmailListError

MAX_TOKEN = 600
"""Characters; the longest address gives about 430. Anything longer is refused unread."""


class Purpose(StrEnum):
    """What a link allows its holder to do."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    DATA = "data"


class TokenError(EmailListError):
    """The token was altered, cut off, or made for another purpose."""

    status = 400
    code = "invalid_link"


class ExpiredTokenError(TokenError):
    """The token is genuine but has expired."""

    status = 410
    code = "expired_link"


@dataclass(frozen=True)
class LinkKeys:
    """The keys that sign links, by key id; `current` signs, all verify."""

    current: str
    keys: Mapping[str, str]

    @classmethod
    def from_json(cls, text: str) -> "LinkKeys":
        """Parse the stack's parameter: `{"current": "2", "keys": {"1": "...", "2": "..."}}`."""
        document = json.loads(text)
        return cls(current=document["current"], keys=document["keys"])


@dataclass(frozen=True)
class Claims:
    """What a genuine token says: whose it is, the signed reference, and when it expires.

    `ends` is in epoch seconds, 0 for never.
    """

    email: str
    reference: str
    ends: int = 0


class LinkTokens:
    """Signs and verifies the tokens of one list."""

    def __init__(self, keys: LinkKeys, clock: Clock = utc_now) -> None:
        self._keys = keys
        self._clock = clock

    def sign(self, purpose: Purpose, email: str, *, ends: int = 0, reference: str = "") -> str:
        """A token for `email` that expires at a moment in epoch seconds, or never."""
        payload = base64.urlsafe_b64encode(f"{ends} {email} {reference}".encode()).rstrip(b"=").decode()
        return self._signer(self._keys.current, purpose).sign(f"{self._keys.current}.{payload}").decode()

    def verify(self, purpose: Purpose, token: str) -> Claims:
        """What a genuine, unexpired token of this purpose says; TokenError otherwise."""
        key_id = token.split(".", 1)[0]
        if len(token) > MAX_TOKEN or key_id not in self._keys.keys:
            raise TokenError("This link is not valid.")
        signer = self._signer(key_id, purpose)
        try:
            signed = signer.unsign(token.encode()).decode()
        except (BadSignature, UnicodeError) as error:
            raise TokenError("This link is not valid.") from error
        if signer.sign(signed).decode() != token:
            # The last character of a base64 text has bits without meaning: the same signature, spelled differently.
            raise TokenError("This link is not valid.")
        payload = signed.split(".", 1)[1]
        ends, email, reference = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode().split(" ", 2)
        if int(ends) and int(ends) < self._clock().timestamp():
            raise ExpiredTokenError("This link has expired.")
        return Claims(email, reference, int(ends))

    def _signer(self, key_id: str, purpose: Purpose) -> Signer:
        return Signer(self._keys.keys[key_id], salt=purpose.value, key_derivation="hmac", digest_method=hashlib.sha256)
