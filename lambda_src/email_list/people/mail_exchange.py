"""Whether a domain accepts email at all, as far as its DNS says.

Only a definite no counts: there is no such domain, it says that it accepts no email (RFC 7505), or it has neither a
mail exchange nor an address (RFC 5321, section 5.1). A failed look-up counts as a yes.
"""

import logging

from email_list.lookups import NOWHERE, Lookups, NoAnswerError

logger = logging.getLogger(__name__)


class MailExchanges:
    """Asks about domains; one needs at most three look-ups, and a worker has thirty seconds."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    def takes_mail(self, email: str) -> bool:
        """Whether email to a normalised address may arrive."""
        domain = email.rpartition("@")[2]
        find = self._lookups.find
        try:
            if exchanges := find(domain, "MX"):
                return not all(exchange.endswith(f" {NOWHERE}") for exchange in exchanges)
            return bool(find(domain, "A") or find(domain, "AAAA"))
        except NoAnswerError:
            logger.warning("a domain could not be looked up", exc_info=True)
            return True
