"""The line of those who want to send (`email_list.campaigns.line`): the row `RATE`, `LINE` of the records table.

Moments are whole microseconds, which DynamoDB adds exactly.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from email_list.aws.conditions import refused_by_condition
from email_list.campaigns.line import Line, Moved

_deserialize = TypeDeserializer().deserialize


class LineTable:
    """The `pace.LineStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def line(self) -> Line:
        """The row as it is, read consistently."""
        return _line(self._table.get_item(Key=_KEY, ConsistentRead=True).get("Item", {}))

    def advance(self, seconds: float, earliest: float, latest: float) -> Moved:
        """Move `free_at` on if it lies between `earliest` and `latest`."""
        return self._move(
            "SET free_at = free_at + :seconds",
            "free_at BETWEEN :earliest AND :latest",
            {":seconds": _micro(seconds), ":earliest": _micro(earliest), ":latest": _micro(latest)},
        )

    def restart(self, earliest: float, seconds: float) -> Moved:
        """Set `free_at` to `seconds` after `earliest` if it lies before that, or was never set."""
        return self._move(
            "SET free_at = :free_at",
            "attribute_not_exists(free_at) OR free_at < :earliest",
            {":free_at": _micro(earliest + seconds), ":earliest": _micro(earliest)},
        )

    def note_rate(self, rate: float, at: float) -> Line:
        return self._update("SET rate = :rate, rate_read_at = :at", {":rate": Decimal(str(rate)), ":at": _micro(at)})

    def note_refusal(self, refusals: int, at: float, singles_until: float) -> Line:
        return self._update(
            "SET bulk_refusals = :refusals, bulk_refused_at = :at, singles_until = :until",
            {":refusals": refusals, ":at": _micro(at), ":until": _micro(singles_until)},
        )

    def _move(self, expression: str, condition: str, values: Mapping[str, Any]) -> Moved:
        try:
            return True, self._update(expression, values, ConditionExpression=condition)
        except ClientError as error:
            if not refused_by_condition(error):
                raise
            # An error's item comes as the API has it, which the SDK's table translates in answers alone.
            item = error.response.get("Item", {})
            return False, _line({name: _deserialize(value) for name, value in item.items()})

    def _update(self, expression: str, values: Mapping[str, Any], **condition: str) -> Line:
        answer = self._table.update_item(
            Key=_KEY,
            UpdateExpression=expression,
            ExpressionAttributeValues=dict(values),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **condition,
        )
        return _line(answer["Attributes"])


_KEY = {"pk": "RATE", "sk": "LINE"}


def _line(item: Mapping[str, Any]) -> Line:
    return Line(
        free_at=_seconds(item.get("free_at", 0)),
        rate=float(item["rate"]) if "rate" in item else None,
        rate_read_at=_seconds(item.get("rate_read_at", 0)),
        bulk_refusals=int(item.get("bulk_refusals", 0)),
        bulk_refused_at=_seconds(item.get("bulk_refused_at", 0)),
        singles_until=_seconds(item.get("singles_until", 0)),
    )


def _micro(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _seconds(micro: Any) -> float:
    return int(micro) / 1_000_000
