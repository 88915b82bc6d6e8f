"""Who did what: an entry for each change that an administrator or an operator makes, kept for 400 days.

An entry says which token it was, by its id, but not who held it, and what it was done to: a campaign's or job's id, a
template's name, a person's id. The latter is their address in another alphabet, so it is removed when they are erased
(`email_list.aws.audit_table`); the entry of the erasure itself names nobody.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Protocol

from email_list.clock import Clock, iso, utc_now
from email_list.http import Request, Response
from email_list.people.subscribers import id_of

KEPT = timedelta(days=400)

MAX_ON = 400
"""Characters of what an entry is about: a person's id has up to 350."""

_ERASING = ("erase_subscriber", "erase_subscriber_by_id")


@dataclass(frozen=True)
class Entry:
    """One change. `operation` is the contract's, or the function that was invoked; `on` is empty if nothing is
    named."""

    at: str
    token: str
    scope: str
    operation: str
    on: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Page:
    """Entries, newest first; `cursor` continues with older ones, None at the end."""

    entries: Sequence[Entry]
    cursor: str | None


class Entries(Protocol):
    """Where entries are kept."""

    def add(self, entry: Entry) -> None: ...

    def page(self, on: str, limit: int, cursor: str | None) -> Page:
        """What was done, or done to one thing. MalformedError for a cursor that does not come from here."""
        ...


class Audit:
    """Records changes."""

    def __init__(self, entries: Entries, clock: Clock = utc_now) -> None:
        self._entries = entries
        self._clock = clock

    def enter(self, operation: str, request: Request, response: Response) -> None:
        """Record what a request did, unless it did nothing: not every refusal is raised as an error."""
        if response.status < 400:
            caller, on = request.caller, _what(operation, request, response)
            self._entries.add(Entry(iso(self._clock()), caller.token, caller.scope, operation, on))


def _what(operation: str, request: Request, response: Response) -> str:
    """What it was done to: what the response shows, or else what the path names."""
    if operation in _ERASING:
        return ""
    shown: Mapping[str, Any] = json.loads(response.body) if response.body else {}
    on = shown.get("id") or shown.get("campaign_id") or _person(shown) or "".join(request.path_parameters.values())
    return on[:MAX_ON] if isinstance(on, str) else ""


def _person(shown: Mapping[str, Any]) -> str:
    email = shown.get("email")
    return id_of(email) if isinstance(email, str) else ""
