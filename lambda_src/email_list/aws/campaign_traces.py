"""What past campaigns know about a person: the address in a plan row, and perhaps the reason why a mail failed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from email_list.aws.dynamodb import Items, Update, record_key
from email_list.campaigns.campaign import FINAL

ERASED = "erased"


class CampaignTraces:
    """Finds and removes a person's traces in the ledgers (`email_list.aws.campaign_table`)."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def campaigns(self) -> Iterator[tuple[str, bool]]:
        """Every campaign's id, and whether it is over."""
        for item in self._items.query(Key("pk").eq("CAMPAIGNS"), attributes=["sk", "status"]):
            yield item["sk"], item["status"] in FINAL

    def erase(self, campaign_id: str, email: str) -> None:
        """Replace the address wherever the ledger of a campaign that is over names it."""
        named = Attr("recipients").contains(email) | Attr("end").contains(email)
        rows = Key("pk").eq(f"CAMPAIGN#{campaign_id}") & Key("sk").begins_with("PLAN#")
        for row in self._items.query(rows, only=named):
            for attribute in ("recipients", "end"):
                self._erase_entries(row, attribute, row.get(attribute, ()), email)
            if email in row["recipients"]:
                self._erase_reason(
                    record_key(row["pk"], row["sk"].replace("PLAN#", "BATCH#")), row["recipients"].index(email)
                )
        self._erase_position(campaign_id, email)

    def _erase_entries(self, row: Mapping[str, Any], attribute: str, entries: Sequence[str], email: str) -> None:
        """Each by its position, which never changes: two people erased at once from one row both stay erased."""
        for position, entry in enumerate(entries):
            if entry == email:
                path = f"{attribute}[{position}]"
                self._replace({"pk": row["pk"], "sk": row["sk"]}, path, Attr(path).eq(email), ERASED)

    def _erase_reason(self, batch: Mapping[str, str], position: int) -> None:
        """SES's words about a failed email may quote the address."""
        path = f"reasons.{position}"
        self._replace(batch, path, Attr(path).exists(), ERASED)

    def _erase_position(self, campaign_id: str, email: str) -> None:
        """The campaign itself remembers where its plan ended."""
        ended_there = Attr("plan.position").contains(email)
        self._replace(record_key("CAMPAIGNS", campaign_id), "plan.position", ended_there, [ERASED, ERASED])

    def _replace(self, key: Mapping[str, str], path: str, when: ConditionBase, value: Any) -> None:
        """Replace one entry of a map or list attribute where the condition holds."""
        self._items.update(Update(key, set={path: value}, when=when))
