"""The links that emails contain."""

from datetime import timedelta
from urllib.parse import urlencode

from email_list.clock import Clock, utc_now
from email_list.people.subscribers import CONFIRMATION_LIFETIME
from email_list.people.tokens import Claims, LinkTokens, Purpose

PREFERENCES_LIFETIME = timedelta(days=180)
"""Long enough for the last newsletter of a quiet list; it opens personal data, so it does expire."""


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

    def unsubscribe(self, email: str, preferences_end: int | None = None) -> str:
        """Valid for as long as its key: a reader may unsubscribe years later.

        Its page links to the preferences only until `preferences_end` (epoch seconds), by default for as long as a
        preferences link made now: an old email must not open personal data.
        """
        ends = preferences_end or self._after(PREFERENCES_LIFETIME)
        return self._url("/unsubscribe", self._tokens.sign(Purpose.UNSUBSCRIBE, email, reference=str(ends)))

    def preferences(self, email: str) -> str:
        """The link to what is stored about a person."""
        return self._preferences(email, self._after(PREFERENCES_LIFETIME))

    def preferences_from(self, leaving: Claims) -> str | None:
        """The link to the preferences on the page behind an unsubscribe link, expiring with it; None once that is
        over."""
        ends = int(leaving.reference or 0)
        return self._preferences(leaving.email, ends) if ends > self._clock().timestamp() else None

    def _preferences(self, email: str, ends: int) -> str:
        return self._url("/preferences", self._tokens.sign(Purpose.PREFERENCES, email, ends=ends))

    def _after(self, lifetime: timedelta) -> int:
        return int((self._clock() + lifetime).timestamp())

    def _url(self, path: str, token: str) -> str:
        return f"{self._public_url}{path}?{urlencode({'token': token})}"
