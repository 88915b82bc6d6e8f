"""Erasure: forgetting a person, and still not adding them again by an import."""

import hashlib
import hmac


class Fingerprints:
    """Keyed hashes of addresses. Without the key, which never leaves the stack, nobody can test a guess."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def of(self, email: str) -> str:
        """64 hex characters; the same for the same normalised address, always: this key does not rotate."""
        return hmac.new(self._key, email.encode(), hashlib.sha256).hexdigest()
