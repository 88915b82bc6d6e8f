"""The partitions of the records table that hold what editors write, for those who make no letters of it."""

from email_list.aws.dynamodb import record_key

CAMPAIGNS = "CAMPAIGNS"
DRAFTS = "DRAFTS"
TEMPLATES = "TEMPLATE"


def letter_key(campaign_id: str, edition: str) -> dict[str, str]:
    """The key of a campaign's letter, as it was written."""
    return record_key(f"CAMPAIGN#{campaign_id}", f"LETTER#{edition}")
