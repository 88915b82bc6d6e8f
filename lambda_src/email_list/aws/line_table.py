"""The line of everything that waits to be sent (`email_list.campaigns.line`): the row `RATE`, `LINE` of the records
table.

Moments are whole microseconds, which DynamoDB adds exactly.
"""

from decimal import Decimal
from typing import Any

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from email_list.aws.dynamodb import Item, Items, Update, record_key, refused
from email_list.campaigns.line import Line, Moved

_KEY = record_key("RATE", "LINE")
_deserialize = TypeDeserializer().deserialize


class LineTable:
    """The `pace.LineStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def line(self) -> Line:
        """The current row, read consistently."""
        return _line(self._items.get(_KEY))

    def advance(self, seconds: float, earliest: float, latest: float) -> Moved:
        """Advance `free_at` if it lies between `earliest` and `latest`."""
        between = Attr("free_at").between(_micro(earliest), _micro(latest))
        return self._move(Update(_KEY, add={"free_at": _micro(seconds)}, when=between))

    def restart(self, earliest: float, seconds: float) -> Moved:
        """Set `free_at` to `seconds` after `earliest` if it lies before that, or was never set."""
        behind = Attr("free_at").not_exists() | Attr("free_at").lt(_micro(earliest))
        return self._move(Update(_KEY, set={"free_at": _micro(earliest + seconds)}, when=behind))

    def note_account(self, rate: float, room: float | None, at: float) -> Line:
        noted = {"rate": _decimal(rate), "room": _decimal(room), "rate_read_at": _micro(at)}
        return _line(self._items.update(Update(_KEY, set=noted)))

    def note_refusal(self, refusals: int, at: float, singles_until: float) -> Line:
        noted = {"bulk_refusals": refusals, "bulk_refused_at": _micro(at), "singles_until": _micro(singles_until)}
        return _line(self._items.update(Update(_KEY, set=noted)))

    def _move(self, change: Update) -> Moved:
        try:
            answer = self._items.client.update_item(
                TableName=self._items.table_name,
                **change.parameters(),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not refused(error):
                raise
            # An error's item has the API's form, which boto3 translates only in responses.
            item = error.response.get("Item", {})
            return False, _line({name: _deserialize(value) for name, value in item.items()})
        return True, _line(answer["Attributes"])


def _line(item: Item | None) -> Line:
    item = item or {}
    return Line(
        free_at=_seconds(item.get("free_at", 0)),
        rate=_number(item.get("rate")),
        rate_read_at=_seconds(item.get("rate_read_at", 0)),
        room=_number(item.get("room")),
        bulk_refusals=int(item.get("bulk_refusals", 0)),
        bulk_refused_at=_seconds(item.get("bulk_refused_at", 0)),
        singles_until=_seconds(item.get("singles_until", 0)),
    )


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def _number(stored: Any) -> float | None:
    return None if stored is None else float(stored)


def _micro(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _seconds(micro: Any) -> float:
    return int(micro) / 1_000_000
