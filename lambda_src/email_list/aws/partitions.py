"""The partitions of the records table that hold what editors write, for those who make no letters of it."""

from email_list.aws.dynamodb import record_key

CAMPAIGNS = "CAMPAIGNS"
DRAFTS = "DRAFTS"
TEMPLATES = "TEMPLATE"
SEQUENCES = "SEQUENCES"


def letter_key(campaign_id: str, edition: str) -> dict[str, str]:
    """The key of a campaign's letter, as it was written."""
    return record_key(f"CAMPAIGN#{campaign_id}", f"LETTER#{edition}")


def steps_key(sequence_id: str) -> dict[str, str]:
    """The key of a sequence's steps, as they were written."""
    return record_key(f"SEQUENCE#{sequence_id}", "STEPS")
