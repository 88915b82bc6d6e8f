"""The links that mails carry."""

from datetime import timedelta
from urllib.parse import urlencode

from email_list.tokens import LinkTokens, Purpose

CONFIRMATION_LIFETIME = timedelta(days=7)
PREFERENCES_LIFETIME = timedelta(days=180)
"""Long enough for the last newsletter of a quiet list; it opens personal data, so it does end."""


class Links:
    """Builds the signed links of one list; `public_url` is the address of its HTTP API."""

    def __init__(self, public_url: str, tokens: LinkTokens) -> None:
        self._public_url = public_url
        self._tokens = tokens

    def confirm(self, email: str, reference: str) -> str:
        """The link of a confirmation mail; it answers one request and ends with it."""
        token = self._tokens.sign(Purpose.CONFIRM, email, lifetime=CONFIRMATION_LIFETIME, reference=reference)
        return self._url("/confirm", token)

    def unsubscribe(self, email: str) -> str:
        """Valid for as long as its key is: a reader may leave years later."""
        return self._url("/unsubscribe", self._tokens.sign(Purpose.UNSUBSCRIBE, email))

    def preferences(self, email: str) -> str:
        """The link to what is stored about a person."""
        return self._url("/preferences", self._tokens.sign(Purpose.PREFERENCES, email, lifetime=PREFERENCES_LIFETIME))

    def _url(self, path: str, token: str) -> str:
        return f"{self._public_url}{path}?{urlencode({'token': token})}"
