"""Watching: a campaign that harms the sender's reputation is stopped before SES stops the sender.

SES looks at the rates of hard bounces and of spam complaints, and reviews an account from 5 % and 0.1 % on (SES
developer guide, "Reputation metrics"). Emails that SES did not try because of the account's suppression list count for
neither. A campaign whose own rates come close pauses itself.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contract import OwnMetric
from email_list.campaigns.campaign import FINAL, RUNNING, Campaign, Reason, ReasonCode, Status, Tally
from email_list.campaigns.feedback import Results
from email_list.campaigns.store import Move
from email_list.clock import Clock, iso, utc_now
from email_list.metrics import Metrics

MIN_COMPLAINTS = 3
"""Fewer complaints may be chance, whatever their share of a small campaign."""

_HARM = (ReasonCode.BOUNCES, ReasonCode.COMPLAINTS)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """The rates, in percent, at which a campaign pauses, once it has sent `minimum_mails`."""

    bounce_percent: float
    complaint_percent: float
    minimum_mails: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Limits":
        """KeyError names the variable that the program did not set."""
        return cls(
            bounce_percent=float(environment["MAX_BOUNCE_PERCENT"]),
            complaint_percent=float(environment["MAX_COMPLAINT_PERCENT"]),
            minimum_mails=int(environment["RATE_MINIMUM_MAILS"]),
        )


@dataclass(frozen=True)
class Seen:
    """Emails sent, and how many of them hard-bounced or were complained about."""

    mails: int = 0
    bounced: int = 0
    complained: int = 0

    def since(self, earlier: "Seen") -> "Seen":
        return Seen(self.mails - earlier.mails, self.bounced - earlier.bounced, self.complained - earlier.complained)


class Campaigns(Protocol):
    """The part of the campaign store that watching needs (`email_list.campaigns.store`)."""

    def get(self, campaign_id: str) -> Campaign | None: ...

    def tally(self, campaign_id: str) -> Tally: ...

    def move(self, campaign_id: str, sources: Iterable[Status], move: Move) -> Campaign | None: ...


class WatchStore(Protocol):
    """Where results, and what has been judged of them, are stored (`email_list.aws.feedback_table`)."""

    def results(self, campaign_id: str) -> Results: ...

    def watched(self, campaign_id: str) -> Seen:
        """The sums up to which the campaign has been judged."""
        ...

    def set_watched(self, campaign_id: str, seen: Seen) -> None: ...


class Watch:
    """Judges campaigns by what has come back so far."""

    def __init__(
        self, campaigns: Campaigns, store: WatchStore, limits: Limits, metrics: Metrics, clock: Clock = utc_now
    ) -> None:
        self._campaigns = campaigns
        self._store = store
        self._limits = limits
        self._metrics = metrics
        self._clock = clock

    def look_at(self, campaign_id: str) -> None:
        """Pause a harmful running campaign. Call it when its bounces or complaints have been recorded."""
        campaign = self._campaigns.get(campaign_id)
        if campaign is None or campaign.status in FINAL:
            return
        results = self._store.results(campaign_id)
        seen = Seen(self._campaigns.tally(campaign_id).sent, results.bounced, results.complained)
        if campaign.status not in RUNNING:
            if campaign.reason and campaign.reason.code in _HARM:
                # What still arrives belongs to what was judged: the administrator who resumes the campaign knows about
                # it.
                self._store.set_watched(campaign_id, seen)
            return
        reason = judge(seen.since(self._store.watched(campaign_id)), self._limits)
        if reason and self._campaigns.move(campaign_id, RUNNING, _pause(reason, self._clock())):
            self._store.set_watched(campaign_id, seen)
            self._metrics.count(OwnMetric.HARMFUL)
            logger.error("campaign paused", extra={"campaign": campaign_id, "reason": reason.code.value})


def judge(seen: Seen, limits: Limits) -> Reason | None:
    """Why a campaign with these figures must not continue; None if it may."""
    if seen.mails < limits.minimum_mails:
        return None
    bounce_percent, complaint_percent = (100 * count / seen.mails for count in (seen.bounced, seen.complained))
    if bounce_percent > limits.bounce_percent:
        return Reason(
            ReasonCode.BOUNCES,
            f"{seen.bounced} of {seen.mails} emails ({bounce_percent:.1f} %) were hard bounces; the limit is "
            f"{limits.bounce_percent:g} %. These addresses have left the list. Find out where they came from, and "
            "remove others from that source as well before you resume the campaign: Amazon SES reviews accounts from "
            "5 % on.",
        )
    if seen.complained >= MIN_COMPLAINTS and complaint_percent > limits.complaint_percent:
        return Reason(
            ReasonCode.COMPLAINTS,
            f"{seen.complained} of {seen.mails} emails ({complaint_percent:.2f} %) were reported as spam; the limit is "
            f"{limits.complaint_percent:g} %. These people have left the list. Make sure that everybody in the "
            "audience asked for this newsletter before you resume the campaign: Amazon SES reviews accounts from "
            "0.1 % on.",
        )
    return None


def _pause(reason: Reason, moment: datetime) -> Move:
    return Move(Status.PAUSED, at=iso(moment), reason=reason)
