"""What it costs to track only those readers who agree: calls to SES, made by the product's own mailer to nobody."""

import random
from typing import Any

from benchmarks.figures import Figure
from contract import MAX_DESTINATIONS
from email_list.aws.ses_mailer import SesMailer
from email_list.campaigns.letters import Letter
from email_list.campaigns.sending import Tagged
from email_list.settings import ListSettings

READERS = 1_000_000
SHARES = (0.01, 0.33, 0.5)
SETTINGS = ListSettings("List", "1 Hill Road", "letters@list.example", None, "https://list.example")


class Nobody:
    """A client that accepts everything, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def send_bulk_email(self, **parameters: Any) -> dict[str, Any]:
        self.calls += 1
        return {"BulkEmailEntryResults": [{"Status": "SUCCESS"}] * len(parameters["BulkEmailEntries"])}


def calls(share: float) -> int:
    """Bulk calls for all readers, of whom this share agrees, in no order."""
    agrees, client = random.Random(1).random, Nobody()
    mailer = SesMailer(client, SETTINGS, "set", "tracked", "stack")
    letter = Letter("reader@example.com", {}, {})
    for _ in range(READERS // MAX_DESTINATIONS):
        mailer.send("t", [Tagged(letter, {}, agrees() < share) for _ in range(MAX_DESTINATIONS)], one_by_one=False)
    return client.calls


def figures() -> list[Figure]:
    """Beside the calls that take all readers alike."""
    alike = READERS // MAX_DESTINATIONS
    return [
        Figure(
            f"bulk calls for {READERS:,}, {share:.0%} of whom agree to tracking", calls(share), plain=alike, exact=True
        )
        for share in SHARES
    ]
