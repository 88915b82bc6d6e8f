"""Segments in DynamoDB, in the records table: `pk` is `SEGMENT`, `sk` the segment's id."""

from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list import cursors
from email_list.aws.dynamodb import ABSENT, Item, Items, record_key
from email_list.people.filters import Filter
from email_list.people.segments import Segment, SegmentPage

PARTITION = "SEGMENT"


class SegmentTable:
    """The `SegmentStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def get(self, segment_id: str) -> Segment | None:
        """The segment, read consistently."""
        item = self._items.get(record_key(PARTITION, segment_id))
        return _segment(item) if item else None

    def create(self, segment: Segment) -> None:
        """Store a new segment."""
        self._items.put(_item(segment), ABSENT)

    def replace(self, segment: Segment) -> bool:
        """Store a segment, replacing the one with its id; False if that is gone."""
        return self._items.put(_item(segment), Attr("pk").exists())

    def delete(self, segment_id: str) -> bool:
        """Remove a segment; returns whether it existed."""
        return self._items.delete(record_key(PARTITION, segment_id))

    def page(self, limit: int, cursor: str | None) -> SegmentPage:
        """Up to `limit` segments by their ids; fewer if they are long, because DynamoDB reads 1 MB at once."""
        after = record_key(PARTITION, cursors.decode(cursor, parts=1)[0]) if cursor else None
        items, last = self._items.page(Key("pk").eq(PARTITION), limit=limit, after=after)
        return SegmentPage([_segment(item) for item in items], cursors.encode([last["sk"]]) if last else None)


def _item(segment: Segment) -> Item:
    return {
        **record_key(PARTITION, segment.id),
        "name": segment.name,
        "filter": segment.filter.to_text(),
        "created_at": segment.created_at,
        "updated_at": segment.updated_at,
    }


def _segment(item: Item) -> Segment:
    moments = item["created_at"], item["updated_at"]
    return Segment(item["sk"], item["name"], Filter.from_text(item["filter"]), *moments)
