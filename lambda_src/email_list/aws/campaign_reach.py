"""Whom a campaign reached, from its ledger and its feedback rows in the records table.

Nothing is written to people for this: what a filter asks about a campaign is read when it is asked. A million
recipients are 20,000 plan rows, about 30 MB or 4,000 read units; a mark on each person would cost two million write
units for every such campaign, used or not (docs/decisions.md).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from boto3.dynamodb.conditions import Key

from contract import LEDGER_PARTITIONS
from email_list.aws.dynamodb import Item, Items
from email_list.aws.shards import of_ledger
from email_list.campaigns.ledger import Outcome
from email_list.people.filters import Reach

_PARALLEL_CALLS = 8


class CampaignReach:
    """The `filters.FindReached` of production. `table` is the boto3 table of records."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def __call__(self, reach: Reach, campaign_id: str) -> set[str]:
        """The addresses of those who were sent the campaign, opened it, or clicked in it; machines are not counted.

        Empty for a campaign that does not exist, and for one whose ledger has expired (`LEDGER_KEPT`).
        """
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            return set().union(
                *threads.map(lambda shard: self._of_shard(reach, campaign_id, shard), range(LEDGER_PARTITIONS))
            )

    def _of_shard(self, reach: Reach, campaign_id: str, shard: int) -> set[str]:
        """A partition's rows of one kind say which positions, and its plan rows whose they are."""
        # A mark has the same name (`email_list.campaigns.feedback.Mark`).
        kind, attribute = ("BATCH", "outcomes") if reach is Reach.RECEIVED else ("FEEDBACK", reach.value)
        reached = {_number(item): item.get(attribute) for item in self._rows(campaign_id, shard, kind, attribute)}
        return {
            email
            for item in self._rows(campaign_id, shard, "PLAN", "recipients")
            for position, email in enumerate(item["recipients"])
            if _is_marked(reached.get(_number(item)), position)
        }

    def _rows(self, campaign_id: str, shard: int, kind: str, attribute: str) -> Iterator[Item]:
        where = Key("pk").eq(of_ledger(campaign_id, shard)) & Key("sk").begins_with(f"{kind}#")
        return self._items.query(where, attributes=["sk", attribute])


def _number(item: Item) -> str:
    return item["sk"].partition("#")[2]


def _is_marked(row: Any, position: int) -> bool:
    """Whether a state row's letters, or a feedback row's bits, name the recipient at a position."""
    if isinstance(row, str):
        return row[position] == Outcome.SENT
    return bool(int(row or 0) >> position & 1)
