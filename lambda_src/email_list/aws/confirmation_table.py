"""Confirmations by slots of some minutes, in the records table: `pk` is `CONFIRMATIONS`, `sk` the slot in UTC.

`CONFIRMATION#<message>` says that a message's bounce is counted. DynamoDB deletes both when their day is over.
"""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list.aws.dynamodb import ABSENT, CONDITION_FAILED, Items, Put, Update, record_key
from email_list.people.brake import WINDOW, Count

_KEPT = 2 * WINDOW


class ConfirmationTable:
    """The `Slots` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def counts(self, since: str) -> Mapping[str, Count]:
        """The slots from this one on in which anything happened, read consistently."""
        found = self._items.query(Key("pk").eq("CONFIRMATIONS") & Key("sk").gte(since))
        return {item["sk"]: Count(int(item.get("sent", 0)), int(item.get("bounced", 0))) for item in found}

    def count_sent(self, slot: str, below: int) -> bool:
        """Count one more if fewer than `below` were counted; returns whether it was."""
        room = Attr("sent").lt(below) | Attr("sent").not_exists() if below > 0 else Attr("sent").lt(below)
        return self._items.update(self._add(slot, "sent", 1, when=room)) is not None

    def take_back(self, slot: str) -> None:
        """Count one less: it was not sent after all."""
        self._items.update(self._add(slot, "sent", -1, when=Attr("sent").gt(0)))

    def count_bounced(self, slot: str, message: str) -> None:
        """Count the bounce of a message, once however often it is reported. RuntimeError if it must be reported
        again."""
        mark = {**record_key(f"CONFIRMATION#{message}", "BOUNCED"), "expires_at": self._items.expiry(_KEPT)}
        reasons = self._items.transact([Put(mark, when=ABSENT), self._add(slot, "bounced", 1)])
        if reasons and reasons[0] != CONDITION_FAILED:
            raise RuntimeError(f"a bounce was not counted: {reasons}")

    def forgive(self, slot: str, bounced: int) -> None:
        """Count this many bounces less."""
        self._items.update(self._add(slot, "bounced", -bounced, when=Attr("bounced").gte(bounced)))

    def _add(self, slot: str, name: str, amount: int, **how: Any) -> Update:
        expires_at = self._items.expiry(_KEPT)
        return Update(record_key("CONFIRMATIONS", slot), set={"expires_at": expires_at}, add={name: amount}, **how)
