"""What past campaigns know about a person: the address in a plan row, and perhaps the reason why a mail failed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from email_list.aws.conditions import refused_by_condition
from email_list.campaigns.campaign import FINAL

ERASED = "erased"

Item = Mapping[str, Any]


class CampaignTraces:
    """Finds and removes a person's traces in the ledgers (`email_list.aws.campaign_table`). `table` is `campaigns`."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def campaigns(self) -> Iterator[tuple[str, bool]]:
        """Every campaign's id, and whether it is over."""
        for item in self._items(Key("pk").eq("CAMPAIGNS")):
            yield item["sk"], item["status"] in FINAL

    def erase(self, campaign_id: str, email: str) -> None:
        """Replace the address wherever the ledger of a campaign that is over names it."""
        pk = f"CAMPAIGN#{campaign_id}"
        named = Attr("recipients").contains(email) | Attr("end").contains(email)
        for row in self._items(Key("pk").eq(pk) & Key("sk").begins_with("PLAN#"), FilterExpression=named):
            for attribute in ("recipients", "end"):
                self._erase_entries({"pk": pk, "sk": row["sk"]}, attribute, row.get(attribute, ()), email)
            if email in row["recipients"]:
                self._erase_reason(pk, row["sk"].replace("PLAN#", "BATCH#"), row["recipients"].index(email))
        self._erase_position(campaign_id, email)

    def _erase_entries(self, key: Item, attribute: str, entries: Sequence[str], email: str) -> None:
        """Each by its position, which never changes: two people erased at once from one row both stay erased."""
        for position, entry in enumerate(entries):
            if entry == email:
                self._replace(key, attribute, position, Attr(f"{attribute}[{position}]").eq(email), ERASED)

    def _erase_reason(self, pk: str, sk: str, position: int) -> None:
        """SES's words about a failed mail may quote the address."""
        self._replace({"pk": pk, "sk": sk}, "reasons", str(position), Attr(f"reasons.{position}").exists(), ERASED)

    def _erase_position(self, campaign_id: str, email: str) -> None:
        """The campaign itself remembers where its plan ended."""
        key = {"pk": "CAMPAIGNS", "sk": campaign_id}
        self._replace(key, "plan", "position", Attr("plan.position").contains(email), [ERASED, ERASED])

    def _replace(self, key: Item, attribute: str, entry: str | int, condition: ConditionBase, value: Any) -> None:
        """Replace one entry of a map or list attribute where the condition holds."""
        in_list = isinstance(entry, int)
        try:
            self._table.update_item(
                Key=key,
                UpdateExpression=f"SET #attribute{f'[{entry}]' if in_list else '.#entry'} = :value",
                ConditionExpression=condition,
                ExpressionAttributeNames={"#attribute": attribute, **({} if in_list else {"#entry": entry})},
                ExpressionAttributeValues={":value": value},
            )
        except ClientError as error:
            if not refused_by_condition(error):
                raise

    def _items(self, condition: Any, **parameters: Any) -> Iterator[Item]:
        while True:
            answer = self._table.query(KeyConditionExpression=condition, **parameters)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
