"""Erasing people, whether they ask for it themselves or an administrator does it for them."""

import json
from typing import Protocol

from email_list.clock import Clock, iso, utc_now
from email_list.people.fingerprints import Fingerprint
from email_list.people.subscribers import Record


class Work(Protocol):
    """The queue that passes an address to those who remove it from past campaigns."""

    def send(self, body: str) -> None: ...


class People(Protocol):
    """What erasing needs from the subscriber table."""

    def get(self, email: str) -> Record | None: ...

    def erase(self, email: str, fingerprint: str, at: str) -> bool: ...


class Erasure:
    """Erases people from the list and from its history."""

    def __init__(self, people: People, history: Work, fingerprint: Fingerprint, clock: Clock = utc_now) -> None:
        self._people = people
        self._history = history
        self._fingerprint = fingerprint
        self._clock = clock

    def erase(self, email: str) -> bool:
        """Delete a person now, and have their traces in past campaigns removed soon; False if there is none.

        The message goes first: if the deletion then fails, erasing again is harmless, but a forgotten trace is not.
        """
        person, now = self._people.get(email), iso(self._clock())
        if person:
            self._history.send(json.dumps({"email": email, "joined": person.joined, "erased_at": now}))
        return self._people.erase(email, self._fingerprint(email), now)
