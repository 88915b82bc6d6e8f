"""Admin tokens: who may use the admin API.

Only hashes of the tokens are stored where functions can read them; a token is a long random
word, so a plain SHA-256 of it cannot be turned back.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

MAX_TOKEN = 256


@dataclass(frozen=True)
class AdminTokens:
    """The SHA-256 hex digests of the tokens in force. Several are valid at once while one replaces another."""

    full: Sequence[str]
    read_only: Sequence[str] = ()

    @classmethod
    def from_json(cls, text: str) -> "AdminTokens":
        """Read the stack's parameter: `{"full": ["<sha256>", ...], "read_only": [...]}`."""
        document = json.loads(text)
        return cls(full=document["full"], read_only=document.get("read_only", []))

    def allows(self, authorization: str, method: str) -> bool:
        """Whether an Authorization header lets its bearer use `method`. Takes the same time for every wrong token."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN:
            return False
        digest = hashlib.sha256(token.strip().encode(errors="replace")).hexdigest()
        full = _contains(self.full, digest)
        read_only = _contains(self.read_only, digest)
        return full or (read_only and method == "GET")


def _contains(digests: Sequence[str], digest: str) -> bool:
    """Looks at every digest, whichever matches, so that the time taken tells nothing."""
    matches = [hmac.compare_digest(known, digest) for known in digests]
    return any(matches)
