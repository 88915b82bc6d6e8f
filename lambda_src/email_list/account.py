"""What Amazon SES allows this account, and how its daily quota is shared.

Confirmations, which strangers can cause, take at most half of the quota, so campaigns always have the other half.
Campaigns leave a tenth of it, so people can join while a long campaign is being sent.
"""

from dataclasses import dataclass

CONFIRMATIONS_AT_MOST = 0.5
KEPT_FOR_CONFIRMATIONS = 0.1


class NotNowError(RuntimeError):
    """SES currently accepts no email: the rate or the quota is exhausted, or sending is suspended."""


@dataclass(frozen=True)
class Account:
    """What SES says about the account (`GetAccount`). `daily_quota` is None if there is none."""

    rate: float
    daily_quota: float | None
    sent_today: float
    sending_enabled: bool = True

    @property
    def room(self) -> float:
        """Recipients that may still be sent to in the current 24 hours."""
        return float("inf") if self.daily_quota is None else max(0.0, self.daily_quota - self.sent_today)

    @property
    def confirmations_at_most(self) -> float:
        """How many confirmations may be sent in 24 hours."""
        return float("inf") if self.daily_quota is None else CONFIRMATIONS_AT_MOST * self.daily_quota

    @property
    def campaign_room(self) -> float:
        """Recipients that campaigns may still send to."""
        return max(0.0, self.room - KEPT_FOR_CONFIRMATIONS * (self.daily_quota or 0.0))
