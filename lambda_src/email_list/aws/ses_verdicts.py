"""What Amazon SES says about the sender and the account, for the check-up of deliverability."""

from collections.abc import Mapping, Sequence
from typing import Any

from email_list.aws.sender_status import account_status
from email_list.clock import iso
from email_list.deliverability.checkup import Recommendation
from email_list.deliverability.records import Sender

MOST = 100
"""Recommendations of one call (API reference, ListRecommendations, PageSize)."""


class SesVerdicts:
    """The `checkup.Ses` of production. `domain` is that of the sender's address."""

    def __init__(self, client: Any, identity: str, domain: str) -> None:
        self._client = client
        self._identity = identity
        self._domain = domain

    def sender(self) -> Sender:
        """GetEmailIdentity; a domain that its owner signs for has the name of that key as its token."""
        answer = self._client.get_email_identity(EmailIdentity=self._identity)
        dkim = answer.get("DkimAttributes", {})
        return Sender(
            identity=self._identity,
            domain=self._domain,
            verified=answer.get("VerifiedForSendingStatus", False),
            dkim=dkim.get("Status", "NOT_STARTED").lower(),
            tokens=tuple(dkim.get("Tokens", ())),
            zone=dkim.get("SigningHostedZone", ""),
            mail_from=answer.get("MailFromAttributes", {}).get("MailFromDomain", ""),
        )

    def account(self) -> Mapping[str, Any]:
        return account_status(self._client)

    def recommendations(self) -> Sequence[Recommendation]:
        """Those that are open. An account without Virtual Deliverability Manager has none."""
        answer = self._client.list_recommendations(Filter={"STATUS": "OPEN"}, PageSize=MOST)
        return [
            Recommendation(
                type=each["Type"],
                impact=each["Impact"].lower(),
                resource=each["ResourceArn"].rpartition(":")[2].partition("/")[2],
                description=each.get("Description", ""),
                since=iso(each["CreatedTimestamp"]),
            )
            for each in answer["Recommendations"]
        ]
