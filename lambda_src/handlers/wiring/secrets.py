"""The keys that sign links, and the one that makes what stands for erased people."""

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
    """What stands for an erased address. The key is read when it is needed, and no sooner."""
    return _fingerprints().of(email)
