"""The keys that sign links, and the key of the hashes that represent erased people."""

import json
import os
from functools import cache

from contract import Env
from email_list.aws.clients import read_secret
from email_list.people.fingerprints import Fingerprints


@cache
def link_keys() -> str:
    return read_secret(os.environ[Env.LINK_KEYS_PARAMETER])


@cache
def _fingerprints() -> Fingerprints:
    return Fingerprints(json.loads(link_keys())["erasure"])


def fingerprint(email: str) -> str:
    """What represents an erased address. The key is read only when it is needed."""
    return _fingerprints().of(email)
