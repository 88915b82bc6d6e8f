"""What is kept of an erased person, so that no import can add them again."""

import hashlib
import hmac
from collections.abc import Callable

Fingerprint = Callable[[str], str]
"""What represents an erased address (`Fingerprints.of`)."""


class Fingerprints:
    """Keyed hashes of addresses. Without the key, which never leaves the stack, nobody can test a guess."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def of(self, email: str) -> str:
        """64 hex characters; always the same for the same normalised address: this key is never rotated."""
        return hmac.new(self._key, email.encode(), hashlib.sha256).hexdigest()
