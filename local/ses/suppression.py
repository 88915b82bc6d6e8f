"""The account's suppression list. Methods are SES v2 operations, named as in boto3."""

import time
from datetime import datetime
from typing import Any

from local.ses import addresses
from local.ses.errors import NotFoundException
from local.ses.paging import page

Parameters = dict[str, Any]


class SuppressionList:
    """Addresses SES accepts email for but does not deliver to, each with the reason it is there."""

    def __init__(self) -> None:
        self.reasons = ["BOUNCE", "COMPLAINT"]  # what accounts made since November 2019 start with
        self._entries: dict[str, Parameters] = {}

    def put_account_suppression_attributes(self, parameters: Parameters) -> Parameters:
        self.reasons = parameters.get("SuppressedReasons") or []
        return {}

    def put_suppressed_destination(self, parameters: Parameters) -> Parameters:
        self.add(addresses.bare(parameters["EmailAddress"]), parameters["Reason"])
        return {}

    def get_suppressed_destination(self, parameters: Parameters) -> Parameters:
        return {"SuppressedDestination": self._entries[self._find(parameters)]}

    def delete_suppressed_destination(self, parameters: Parameters) -> Parameters:
        del self._entries[self._find(parameters)]
        return {}

    def list_suppressed_destinations(self, parameters: Parameters) -> Parameters:
        wanted = parameters.get("Reasons") or ["BOUNCE", "COMPLAINT"]
        start, end = (
            _timestamp(parameters.get("StartDate"), 0),
            _timestamp(parameters.get("EndDate"), float("inf")),
        )
        entries = [
            {key: entry[key] for key in ("EmailAddress", "Reason", "LastUpdateTime")}
            for entry in self._entries.values()
            if entry["Reason"] in wanted and start <= entry["LastUpdateTime"] <= end
        ]
        shown, token = page(entries, parameters, 1000)
        return {"SuppressedDestinationSummaries": shown, **token}

    def add(self, address: str, reason: str, message_id: str | None = None) -> None:
        entry: Parameters = {"EmailAddress": address, "Reason": reason, "LastUpdateTime": time.time()}
        if message_id:
            entry["Attributes"] = {"MessageId": message_id, "FeedbackId": message_id}
        self._entries[addresses.normalised(address)] = entry

    def reason_for(self, address: str, reasons: list[str]) -> str | None:
        """Why email to this address is suppressed, given the reasons in force; None if it is not."""
        entry = self._entries.get(addresses.normalised(address)) if self._entries else None
        return entry["Reason"] if entry and entry["Reason"] in reasons else None

    def _find(self, parameters: Parameters) -> str:
        key = addresses.normalised(parameters["EmailAddress"])
        if key not in self._entries:
            raise NotFoundException(
                f"Email address {parameters['EmailAddress']} does not exist on your suppression list."
            )
        return key


def _timestamp(value: str | None, default: float) -> float:
    return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp() if value else default
