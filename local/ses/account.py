"""The account as a whole. Methods are SES v2 operations, named as in boto3."""

from typing import Any

from local.ses.behaviour import Behaviour
from local.ses.paging import page
from local.ses.quota import Quota
from local.ses.suppression import SuppressionList

Parameters = dict[str, Any]

# SES has no word for an unlimited rate; this is beyond what a laptop reaches.
UNLIMITED_RATE = 10_000.0


class Account:
    def __init__(self, behaviour: Behaviour, quota: Quota, suppression: SuppressionList) -> None:
        self.sending_enabled = True
        self.in_production = True
        self._behaviour = behaviour
        self._quota = quota
        self._suppression = suppression

    def get_account(self, parameters: Parameters) -> Parameters:
        daily, rate = self._behaviour.daily_quota, self._behaviour.rate_per_second
        return {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": self.in_production,
            "SendingEnabled": self.sending_enabled,
            "SendQuota": {
                "Max24HourSend": -1.0 if daily is None else float(daily),  # -1 is unlimited (API reference, SendQuota)
                "MaxSendRate": UNLIMITED_RATE if rate is None else float(rate),
                "SentLast24Hours": float(self._quota.sent_last_24_hours()),
            },
            "SuppressionAttributes": {"SuppressedReasons": self._suppression.reasons},
        }

    def list_recommendations(self, parameters: Parameters) -> Parameters:
        """What somebody said that SES recommends, as far as the filter lets it through."""
        keys = {"TYPE": "Type", "IMPACT": "Impact", "STATUS": "Status", "RESOURCE_ARN": "ResourceArn"}
        wanted = {keys[name]: value for name, value in (parameters.get("Filter") or {}).items()}
        found = [each for each in self._behaviour.recommendations if wanted.items() <= each.items()]
        shown, token = page(found, parameters, 100)
        return {"Recommendations": shown, **token}

    def put_account_details(self, parameters: Parameters) -> Parameters:
        """Leave the sandbox, or go back: at once, where AWS looks at the request for a day."""
        self.in_production = parameters.get("ProductionAccessEnabled", False)
        return {}

    def put_account_sending_attributes(self, parameters: Parameters) -> Parameters:
        self.sending_enabled = parameters.get("SendingEnabled", False)
        return {}
