"""The audit, in the records table: `pk` is `AUDIT`, `sk` the moment and a random word; DynamoDB deletes old entries.

An entry about something is stored a second time under `AUDIT#<on>`, to find it by.
"""

import secrets
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list import cursors
from email_list.audit.entries import KEPT, MAX_ON, Entry, Page
from email_list.aws.dynamodb import Item, Items, Put, Update, record_key

_ALL = "AUDIT"
_FIELDS = ("at", "token", "scope", "operation", "on")


class AuditTable:
    """The `Entries` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        sk = f"{entry.at}#{secrets.token_hex(4)}"
        item = {**entry.to_json(), "expires_at": self._items.expiry(KEPT)}
        places = [_ALL, _about(entry.on)] if entry.on else [_ALL]
        failed = self._items.transact([Put({**record_key(place, sk), **item}) for place in places])
        if failed:
            raise RuntimeError(f"the audit did not accept an entry: {failed}")

    def page(self, on: str, limit: int, cursor: str | None) -> Page:
        """Entries, newest first: all, or those about one thing. MalformedError for a cursor that does not come from
        here."""
        pk = _about(on[:MAX_ON]) if on else _ALL
        after = record_key(pk, *cursors.decode(cursor, 1)) if cursor else None
        items, last = self._items.page(Key("pk").eq(pk), backwards=True, limit=limit, after=after)
        return Page([_entry(item) for item in items], cursors.encode([last["sk"]]) if last else None)

    def forget(self, on: str) -> None:
        """Keep of the entries about something only that there was a change; this can be repeated."""
        for item in self._items.query(Key("pk").eq(_about(on)), attributes=["sk"]):
            self._items.update(Update(record_key(_ALL, item["sk"]), remove=["on"], when=Attr("pk").exists()))
            self._items.delete(record_key(_about(on), item["sk"]))


def _about(on: str) -> str:
    return f"{_ALL}#{on}"


def _entry(item: Item) -> Entry:
    return Entry(**{name: item.get(name, "") for name in _FIELDS})
