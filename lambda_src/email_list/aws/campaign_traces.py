"""What campaigns know about a person: the address in a plan row, and perhaps why an email failed or bounced."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list.aws.dynamodb import Items, Update, record_key
from email_list.aws.shards import of_ledger
from email_list.campaigns.erasing import Past

ERASED = "erased"


class CampaignTraces:
    """The `erasing.Traces` of production. `table` is the boto3 table of records."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def campaigns(self, first: str | None) -> Iterator[Past]:
        """All campaigns from this one on, or from the newest, each newer than the next."""
        where = Key("pk").eq("CAMPAIGNS") & Key("sk").lte(first) if first else Key("pk").eq("CAMPAIGNS")
        for item in self._items.query(
            where, backwards=True, attributes=["sk", "finished_at", "cutoff", "plan", "subject"]
        ):
            plan = item["plan"]
            end = plan["position"][1] if "position" in plan else ""
            finished_at, cutoff = item.get("finished_at"), item.get("cutoff")
            yield Past(item["sk"], finished_at, cutoff, int(plan["rows"]), plan["complete"], end, item["subject"])

    def end(self, campaign_id: str, row: int) -> str:
        """When the last person in the plan up to this row joined; empty if the row is gone."""
        item = self._items.get(_key(campaign_id, "PLAN", row)) or {}
        return item["end"][0] if "end" in item else ""

    def erase(self, campaign_id: str, first: int, last: int, email: str) -> None:
        """Replace the address in these rows of the plan, and whatever they say about its recipient."""
        keys = [_key(campaign_id, "PLAN", row) for row in range(first, last + 1)]
        for item in self._items.get_many(keys):
            row = int(item["sk"].partition("#")[2])
            # By its position, which never changes: two people erased from one row at the same time both stay erased.
            for position in _positions(item["recipients"], email):
                self._replace(_key(campaign_id, "PLAN", row), f"recipients[{position}]", email)
                for kind in ("BATCH", "FEEDBACK"):
                    self._erase_reason(_key(campaign_id, kind, row), position)
            if email in item.get("end", ()):
                self._replace(_key(campaign_id, "PLAN", row), "end[1]", email)

    def erase_end(self, campaign_id: str, email: str) -> None:
        """Replace the address in the campaign's record of where its plan ended."""
        self._replace(record_key("CAMPAIGNS", campaign_id), "plan.position[1]", email)

    def _replace(self, key: Mapping[str, str], path: str, email: str) -> None:
        self._items.update(Update(key, set={path: ERASED}, when=Attr(path).eq(email)))

    def _erase_reason(self, key: Mapping[str, str], position: int) -> None:
        """A receiver's words about a failed email may quote the address. The revision keeps an event that is recorded
        at this moment from writing them again."""
        path = f"reasons.{position}"
        self._items.update(Update(key, set={path: ERASED}, add={"revision": 1}, when=Attr(path).exists()))


def _positions(recipients: Sequence[str], email: str) -> list[int]:
    return [position for position, recipient in enumerate(recipients) if recipient == email]


def _key(campaign_id: str, kind: str, row: int) -> dict[str, str]:
    return record_key(of_ledger(campaign_id, row), f"{kind}#{row:07d}")
