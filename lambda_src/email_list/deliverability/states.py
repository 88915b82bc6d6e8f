"""The words of a check-up for programs."""

from enum import StrEnum

POLICIES = ("none", "quarantine", "reject")
"""Of DMARC, from the mildest."""

GMAIL_ADVISED, GMAIL_LIMIT = 0.001, 0.003
"""Shares that Gmail asks senders to stay below, and never to reach (Google, "Email sender guidelines")."""

PARTS = ("sender", "account", "recommendations", "campaigns", "remembered", "own_names", "gmail", "warm_up")
"""What is asked of others, each of which may fail."""

GOOD = "good"

SENDER_STATES = (GOOD, "unverified", "unsigned")
ACCOUNT_STATES = (GOOD, "sandbox", "review", "stopped")
CAMPAIGN_STATES = (GOOD, "few", "review", "pause")
GMAIL_STATES = (GOOD, "none", "review", "pause")
NEXT = (
    *("account_stopped", "sender_unverified", "sender_unsigned", "account_review", "campaign_pause", "gmail_pause"),
    *(
        "record_broken",
        "record_dkim",
        "record_dmarc",
        "account_sandbox",
        "campaign_review",
        "gmail_review",
        "record",
        "recommendation",
    ),
    *("problem", "dmarc_none", "nothing"),
)
"""What may have to be done next, the most urgent first."""


class Code(StrEnum):
    """What a record is for."""

    DKIM = "dkim"
    SPF = "spf"
    MAIL_FROM = "mail_from"
    DMARC = "dmarc"
    MX = "mx"
    LINK_DOMAIN = "link-domain"
    LINK_CERTIFICATE = "link-certificate"
    TRACKING_DOMAIN = "tracking-domain"
    TRACKING_CERTIFICATE = "tracking-certificate"


class State(StrEnum):
    """What a look-up found. `UNKNOWN` says that nobody answered."""

    FOUND = "found"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"
