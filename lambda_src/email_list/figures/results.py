"""The results of campaigns: recipients by what happened to them, and the rates that compare campaigns."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol


@dataclass(frozen=True)
class Counts:
    """Recipients by what happened to them; in one campaign, or in several together."""

    planned: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    unknown: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    tracked: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def rates(self) -> dict[str, float | None]:
        """Shares from 0 to 1: of the emails sent and, for what readers do, of the emails delivered; for opens and
        clicks, of those among them that can be known, since readers may have agreed to that or not.

        None if there is nothing to compare with.
        """
        reached = self.delivered
        known = min(reached, self.tracked) if self.tracked else reached
        return {
            "delivery_rate": _share(self.delivered, self.sent),
            "bounce_rate": _share(self.bounced, self.sent),
            "complaint_rate": _share(self.complained, self.sent),
            "open_rate": _share(self.opened, known),
            "click_rate": _share(self.clicked, known),
            "unsubscribe_rate": _share(self.unsubscribed, reached),
        }

    def to_json(self) -> dict[str, Any]:
        """Counts and rates."""
        return {"counts": asdict(self), "rates": self.rates}


@dataclass(frozen=True)
class CampaignResult:
    """A campaign that has started, and its current counts."""

    id: str
    subject: str
    status: str
    started_at: str
    counts: Counts

    def to_json(self) -> dict[str, Any]:
        details = {"id": self.id, "subject": self.subject, "status": self.status, "started_at": self.started_at}
        return {**details, **self.counts.to_json()}


class CampaignResults(Protocol):
    """Where results are found (`email_list.aws.campaign_results`)."""

    def started_between(self, first: str, last: str, limit: int) -> Sequence[CampaignResult]:
        """Campaigns that started on these days (`2026-11-24`) or between them, the newest first."""
        ...


def together(results: Iterable[CampaignResult]) -> Counts:
    """The counts of several campaigns in one."""
    return sum((result.counts for result in results), Counts())


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
