"""The account's suppression list in SES (API version 2), and how far it has been read."""

from collections.abc import Sequence
from typing import Any

from email_list import addresses
from email_list.aws.dynamodb import Items, record_key
from email_list.clock import from_iso, iso
from email_list.errors import InvalidAddressError
from email_list.events.suppression import Entry, Round

PAGE = 1000
"""The most entries of one ListSuppressedDestinations call (SES API reference)."""

_ROUND = record_key("SUPPRESSION", "ROUND")


class AccountSuppression:
    """The `suppression.SuppressionList` of production. `client` is a boto3 client of `sesv2`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def page(self, since: str, until: str, token: str | None) -> tuple[Sequence[Entry], str | None]:
        """Some of the entries of a span of moments, and what continues them; the token is None at the end."""
        span = {"StartDate": from_iso(since), "EndDate": from_iso(until), "PageSize": PAGE}
        try:
            answer = self._client.list_suppressed_destinations(**span, **({"NextToken": token} if token else {}))
        except self._client.exceptions.InvalidNextTokenException:
            # A token is not certain to last until the next run; reading a span again harms nobody.
            answer = self._client.list_suppressed_destinations(**span)
        entries = []
        for found in answer["SuppressedDestinationSummaries"]:
            try:
                email = addresses.normalise(found["EmailAddress"])
            except InvalidAddressError:
                continue  # nobody on this list
            entries.append(Entry(email, found["Reason"] == "COMPLAINT", iso(found["LastUpdateTime"])))
        return entries, answer.get("NextToken")

    def lift(self, email: str) -> bool:
        """Remove an address from the list, unless it is there because of a complaint: then nothing happens, and
        False."""
        missing = self._client.exceptions.NotFoundException
        try:
            entry = self._client.get_suppressed_destination(EmailAddress=email)["SuppressedDestination"]
            if entry["Reason"] == "COMPLAINT":
                return False
            self._client.delete_suppressed_destination(EmailAddress=email)
        except missing:
            return True
        return True


class RoundTable:
    """The `suppression.Bookmark` of production, an item of the records table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def read(self) -> Round:
        item = self._items.get(_ROUND)
        return Round(item["since"], item["until"], item.get("token")) if item else Round()

    def write(self, round_: Round) -> None:
        token = {"token": round_.token} if round_.token else {}
        self._items.put({**_ROUND, "since": round_.since, "until": round_.until, **token})
