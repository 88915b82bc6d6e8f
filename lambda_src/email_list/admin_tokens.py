"""Admin tokens: who may use the admin API.

Only hashes of the tokens are stored where functions can read them; a token is a long random word, so its plain SHA-256
cannot be reversed.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract import SCOPES, Access

MAX_TOKEN = 256


@dataclass(frozen=True)
class AdminTokens:
    """The SHA-256 hex digests of the valid tokens by their scope, one of the contract's `SCOPES`.

    Several tokens of a scope can be valid at once while one replaces another.
    """

    digests: Mapping[str, Sequence[str]]

    @classmethod
    def from_json(cls, text: str) -> "AdminTokens":
        """Read the stack's parameter: `{"full": ["<sha256>", ...], "read_only": [...]}`."""
        return cls(json.loads(text))

    def allows(self, authorization: str, access: Access) -> bool:
        """Whether an Authorization header grants its bearer this access. Takes the same time for every wrong token."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN:
            return False
        digest = hashlib.sha256(token.strip().encode(errors="replace")).hexdigest()
        held = [scope for scope in SCOPES if _contains(self.digests.get(scope, ()), digest)]
        return any(access in SCOPES[scope] for scope in held)


def _contains(digests: Sequence[str], digest: str) -> bool:
    """Checks every digest, whichever matches, so that the time taken reveals nothing."""
    matches = [hmac.compare_digest(known, digest) for known in digests]
    return any(matches)
