"""The links that emails contain."""

from datetime import timedelta
from typing import Protocol
from urllib.parse import urlencode

from email_list.clock import Clock, utc_now
from email_list.errors import NotFoundError
from email_list.people.subscribers import CONFIRMATION_LIFETIME, Record
from email_list.people.tokens import Claims, LinkTokens, Purpose

PREFERENCES_LIFETIME = timedelta(days=180)
"""Long enough for the last newsletter of a quiet list; it shows a name and topics, so it does end."""

DATA_LIFETIME = timedelta(hours=1)
"""How long the link to everything that is stored about a person is good, if it is not used before."""


class People(Protocol):
    """Where people are found."""

    def get(self, email: str) -> Record | None: ...


def person_of(claims: Claims, people: People) -> Record:
    """The person whose record carries the nonce of a link to the preferences. NotFoundError, also where the address has
    another record by now: someone who joined later is not meant."""
    person = people.get(claims.email)
    if person is None or person.nonce != claims.reference:
        raise NotFoundError("This address is not on the list.")
    return person


class Links:
    """Builds the signed links of one list; `public_url` is the address of its HTTP API."""

    def __init__(self, public_url: str, tokens: LinkTokens, clock: Clock = utc_now) -> None:
        self._public_url = public_url
        self._tokens = tokens
        self._clock = clock

    def confirm(self, email: str, reference: str) -> str:
        """The link in a confirmation email; it answers one request and expires with it."""
        ends = self._after(CONFIRMATION_LIFETIME)
        return self._url("/confirm", self._tokens.sign(Purpose.CONFIRM, email, ends=ends, reference=reference))

    def unsubscribe(self, email: str, nonce: str, preferences_end: int | None = None) -> str:
        """Valid for as long as its key is, whatever has become of the record: a reader may leave years later.

        Its page leads on to the preferences of the record with this nonce, and only until `preferences_end` (epoch
        seconds), by default as long as a link to them does that is made now.
        """
        ends = preferences_end or self._after(PREFERENCES_LIFETIME)
        return self._url("/unsubscribe", self._tokens.sign(Purpose.UNSUBSCRIBE, email, reference=f"{ends} {nonce}"))

    def preferences(self, email: str, nonce: str) -> str:
        """The link to a person's topics, which ends with their record: its nonce is in it."""
        return self._preferences(email, nonce, self._after(PREFERENCES_LIFETIME))

    def preferences_from(self, leaving: Claims) -> str | None:
        """The link to the preferences on the page behind a link to leave, ending with it; None when that is over."""
        ends, _, nonce = leaving.reference.partition(" ")
        still_good = int(ends or 0) > self._clock().timestamp()
        return self._preferences(leaving.email, nonce, int(ends)) if still_good else None

    def data(self, email: str, reference: str) -> str:
        """The link to everything that is stored about a person, which is mailed to them and nobody else."""
        ends = self._after(DATA_LIFETIME)
        return self._url("/preferences/data", self._tokens.sign(Purpose.DATA, email, ends=ends, reference=reference))

    def _preferences(self, email: str, nonce: str, ends: int) -> str:
        return self._url("/preferences", self._tokens.sign(Purpose.PREFERENCES, email, ends=ends, reference=nonce))

    def _after(self, lifetime: timedelta) -> int:
        return int((self._clock() + lifetime).timestamp())

    def _url(self, path: str, token: str) -> str:
        return f"{self._public_url}{path}?{urlencode({'token': token})}"
