"""Shards: a value that very many items have in common, kept in several partitions.

One partition key takes 1,000 writes a second (DynamoDB developer guide, "Best practices for designing and using
partition keys effectively"), too few for what a million people share. An item's shard follows from its name: the name
is all one needs to know the shard.
"""

import zlib

from contract import LEDGER_PARTITIONS
from email_list.people.subscribers import Status

ACTIVE, OTHERS = 16, 4
"""Shards of the people with one status: imports and edits of many people at once concern the active ones most."""

STATUS_SHARD = "status_shard"
"""The attribute of a person that holds the partition of the index by status."""


def shard_of(name: str, shards: int) -> int:
    """In which of so many shards an item with this name is."""
    return zlib.crc32(name.encode()) % shards


def partition(value: str, shard: int) -> str:
    """The key of one shard of a value."""
    return f"{value}#{shard:x}"


def of_ledger(campaign_id: str, number: int) -> str:
    """The partition of the records table that holds the ledger's rows of one batch."""
    return partition(f"CAMPAIGN#{campaign_id}", number % LEDGER_PARTITIONS)


def of_status(status: Status) -> int:
    """How many shards hold the people with this status."""
    return ACTIVE if status is Status.ACTIVE else OTHERS


def with_status(email: str, status: Status) -> dict[str, str]:
    """The attributes of someone who has this status."""
    return {"status": status.value, STATUS_SHARD: partition(status.value, shard_of(email, of_status(status)))}
