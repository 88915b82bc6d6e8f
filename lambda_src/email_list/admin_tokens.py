"""Admin tokens: who may use the admin API.

Only hashes of the tokens are stored where functions can read them; a token is a long random word, so its plain SHA-256
cannot be reversed.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from contract import SCOPES, Access

MAX_TOKEN = 256


@dataclass(frozen=True)
class Bearer:
    """Whose token it is: the token's id in the stack's configuration, and its scope, one of the contract's `SCOPES`."""

    token: str
    scope: str

    def may(self, access: Access) -> bool:
        return access in SCOPES[self.scope]


@dataclass(frozen=True)
class AdminTokens:
    """The SHA-256 hex digests of the valid tokens, by scope and by the token's id.

    Several tokens of a scope can be valid at once while one replaces another.
    """

    digests: Mapping[str, Mapping[str, str]]

    @classmethod
    def from_json(cls, text: str) -> "AdminTokens":
        """Read the stack's parameter: `{"full": {"<id>": "<sha256>", ...}, "write": {...}, "read_only": {...}}`."""
        return cls(json.loads(text))

    def bearer(self, authorization: str) -> Bearer | None:
        """Whose token an Authorization header carries, or None. Takes the same time for every wrong token."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN:
            return None
        digest = hashlib.sha256(token.strip().encode(errors="replace")).hexdigest()
        # Checks every digest, whichever matches, so that the time taken reveals nothing.
        matching = [
            Bearer(name, scope)
            for scope in SCOPES
            for name, known in self.digests.get(scope, {}).items()
            if hmac.compare_digest(known, digest)
        ]
        return matching[0] if matching else None
