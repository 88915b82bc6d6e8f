"""What Amazon SES says about the sender and the account, for the people who set them up."""

from typing import Any


def sender_status(client: Any, identity: str) -> dict[str, Any]:
    """Whether SES sends for `identity`, an address or a domain, and what its DKIM still needs (GetEmailIdentity).

    `dkim_records` are the DNS records `{"name", "type", "value"}` that SES looks for; none for an address, or if the
    domain uses its owner's key.
    """
    answer = client.get_email_identity(EmailIdentity=identity)
    dkim = answer.get("DkimAttributes", {})
    zone = dkim.get("SigningHostedZone")
    return {
        "identity": identity,
        "verified": answer.get("VerifiedForSendingStatus", False),
        "dkim": dkim.get("Status", "NOT_STARTED").lower(),
        "dkim_records": [
            {"name": f"{token}._domainkey.{identity}", "type": "CNAME", "value": f"{token}.{zone}"}
            for token in (dkim.get("Tokens", []) if zone else [])
        ],
    }


def account_status(client: Any) -> dict[str, Any]:
    """Sandbox or not, whether it may send, how much and how fast (GetAccount). A quota of None is no quota."""
    answer = client.get_account()
    quota = answer["SendQuota"]
    daily = quota["Max24HourSend"]
    return {
        "in_sandbox": not answer.get("ProductionAccessEnabled", False),
        "sending_enabled": answer.get("SendingEnabled", True),
        "enforcement_status": answer.get("EnforcementStatus", "HEALTHY").lower(),
        "rate_per_second": quota["MaxSendRate"],
        # -1 means no quota (SES API reference, SendQuota).
        "daily_quota": None if daily < 0 else daily,
        "sent_last_24_hours": quota["SentLast24Hours"],
    }
