"""Changes of campaigns, as the stream of the records table reports them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CampaignChange:
    """A campaign whose item was written: the status it had, None for a new one, and how it is now.

    `finished_at` is known once it is over.
    """

    id: str
    at: str
    campaign: str
    before: str | None
    status: str
    subject: str
    planned: int
    finished_at: str | None
