"""What past campaigns know about a person: the address in a plan row, and perhaps the reason why a mail failed."""

from collections.abc import Iterator, Mapping
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from email_list.aws.subscriber_table import refused_by_condition
from email_list.engine.campaigns import FINAL

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
            replaced = {
                name: [ERASED if value == email else value for value in row[name]]
                for name in ("recipients", "end")
                if name in row
            }
            self._table.update_item(
                Key={"pk": pk, "sk": row["sk"]},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in replaced),
                ExpressionAttributeNames={f"#{name}": name for name in replaced},
                ExpressionAttributeValues={f":{name}": values for name, values in replaced.items()},
            )
            if email in row["recipients"]:
                self._erase_reason(pk, row["sk"].replace("PLAN#", "BATCH#"), row["recipients"].index(email))
        self._erase_position(campaign_id, email)

    def _erase_reason(self, pk: str, sk: str, position: int) -> None:
        """SES's words about a failed mail may quote the address."""
        self._replace({"pk": pk, "sk": sk}, "reasons", str(position), Attr(f"reasons.{position}").exists(), ERASED)

    def _erase_position(self, campaign_id: str, email: str) -> None:
        """The campaign itself remembers where its plan ended."""
        key = {"pk": "CAMPAIGNS", "sk": campaign_id}
        self._replace(key, "plan", "position", Attr("plan.position").contains(email), [ERASED, ERASED])

    def _replace(self, key: Item, attribute: str, entry: str, condition: ConditionBase, value: Any) -> None:
        """Replace one entry of a map attribute where the condition holds."""
        try:
            self._table.update_item(
                Key=key,
                UpdateExpression="SET #attribute.#entry = :value",
                ConditionExpression=condition,
                ExpressionAttributeNames={"#attribute": attribute, "#entry": entry},
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
