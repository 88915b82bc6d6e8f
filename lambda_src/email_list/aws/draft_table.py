"""Saved drafts in DynamoDB, a partition of the records table; ids sort by time."""

import json
from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from email_list import cursors
from email_list.aws.dynamodb import ABSENT, Items, record_key
from email_list.aws.partitions import DRAFTS
from email_list.campaigns.saved_drafts import DraftPage, SavedDraft
from email_list.fields import kept_json


class DraftTable:
    """The `DraftStore` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def get(self, draft_id: str) -> SavedDraft | None:
        item = self._items.get(record_key(DRAFTS, draft_id))
        return _draft(item) if item else None

    def put(self, draft: SavedDraft) -> bool:
        """Store a draft, replacing the previous version; False if another is there, or none where one was."""
        item = {
            **record_key(DRAFTS, draft.id),
            "version": draft.version,
            "updated_at": draft.updated_at,
            "written": kept_json(draft.written(), "draft"),
        }
        return self._items.put(item, _is(draft.version - 1) if draft.version > 1 else ABSENT)

    def delete(self, draft: SavedDraft) -> bool:
        """Remove a draft, unless it has changed since it was read."""
        return self._items.delete(record_key(DRAFTS, draft.id), _is(draft.version))

    def page(self, limit: int, cursor: str | None) -> DraftPage:
        """Up to `limit` drafts, newest first; fewer if they are long, because DynamoDB reads 1 MB at once."""
        after = record_key(DRAFTS, cursors.decode(cursor, parts=1)[0]) if cursor else None
        items, last = self._items.page(Key("pk").eq(DRAFTS), backwards=True, limit=limit, after=after)
        return DraftPage([_draft(item) for item in items], cursors.encode([last["sk"]]) if last else None)


def _is(version: int) -> ConditionBase:
    return Attr("version").eq(version)


def _draft(item: Mapping[str, Any]) -> SavedDraft:
    written = json.loads(item["written"])
    return SavedDraft(id=item["sk"], version=int(item["version"]), updated_at=item["updated_at"], **written)
