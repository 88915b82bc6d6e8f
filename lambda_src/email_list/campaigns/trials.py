"""Trials: which letters somebody has emailed to themselves before sending them."""

import hashlib
import json
from typing import Protocol

from email_list.mail.letters import Content


class Trials(Protocol):
    """Remembers letters for some time (`email_list.aws.trial_table`, or a fake in tests)."""

    def note(self, fingerprint: str) -> None: ...

    def has(self, fingerprint: str) -> bool: ...


def fingerprint(content: Content) -> str:
    """Identifies a letter by everything its readers get."""
    parts = [content.subject, content.html, content.text, dict(content.defaults)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
