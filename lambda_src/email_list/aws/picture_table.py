"""Pictures in DynamoDB, in the records table: `pk` is `PICTURE`, `sk` the picture's id. One that is not ready is
forgotten after a day, like its upload (`components.pictures`)."""

from datetime import timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr

from email_list.aws.dynamodb import ABSENT, Item, Items, record_key
from email_list.clock import Clock, utc_now
from email_list.pictures.pictures import Fault, Picture, Status

PARTITION = "PICTURE"
UNFINISHED_KEPT = timedelta(days=1)


class PictureTable:
    """The `PictureStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._items = Items(table, clock)

    def get(self, picture_id: str) -> Picture | None:
        """The picture, read consistently."""
        item = self._items.get(record_key(PARTITION, picture_id))
        return _picture(item) if item else None

    def announce(self, picture: Picture) -> None:
        """Store a picture that is to be uploaded, unless it is ready already."""
        self._items.put(self._item(picture), ABSENT | Attr("status").ne(Status.READY.value))

    def settle(self, picture: Picture) -> None:
        """Store what became of a picture that was waiting; no other changes."""
        self._items.put(self._item(picture), Attr("status").eq(Status.WAITING.value))

    def delete(self, picture_id: str) -> None:
        self._items.delete(record_key(PARTITION, picture_id))

    def _item(self, picture: Picture) -> Item:
        item = {
            **record_key(PARTITION, picture.id),
            "type": picture.type,
            "size": picture.size,
            "status": picture.status.value,
            "created_at": picture.created_at,
        }
        if picture.status is not Status.READY:
            item["expires_at"] = self._items.expiry(UNFINISHED_KEPT)
        known = {"fault": picture.fault, "width": picture.width, "height": picture.height}
        return {**item, **{name: value for name, value in known.items() if value is not None}}


def _picture(item: Item) -> Picture:
    return Picture(
        id=item["sk"],
        type=item["type"],
        size=int(item["size"]),
        status=Status(item["status"]),
        created_at=item["created_at"],
        fault=Fault(item["fault"]) if "fault" in item else None,
        width=int(item["width"]) if "width" in item else None,
        height=int(item["height"]) if "height" in item else None,
    )
