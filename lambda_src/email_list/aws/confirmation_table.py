"""Confirmations by the hour, in the records table: `pk` is `CONFIRMATIONS`, `sk` the hour in UTC.

`CONFIRMATION#<message>` says that a message's bounce is counted. DynamoDB deletes both when their day is over.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list.aws.dynamodb import ABSENT, CONDITION_FAILED, Items, Put, Update, record_key
from email_list.people.brake import HOURS, Count

_KEPT = timedelta(hours=2 * HOURS)


class ConfirmationTable:
    """The `Hours` of production. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def counts(self, since: str) -> Mapping[str, Count]:
        """The hours from this one on in which anything happened, read consistently."""
        found = self._items.query(Key("pk").eq("CONFIRMATIONS") & Key("sk").gte(since))
        return {item["sk"]: Count(int(item.get("sent", 0)), int(item.get("bounced", 0))) for item in found}

    def count_sent(self, hour: str, below: int) -> bool:
        """Count one more if fewer than `below` were counted; returns whether it was."""
        room = Attr("sent").lt(below) | Attr("sent").not_exists() if below > 0 else Attr("sent").lt(below)
        return self._items.update(self._add(hour, "sent", 1, when=room)) is not None

    def take_back(self, hour: str) -> None:
        """Count one less: it was not sent after all."""
        self._items.update(self._add(hour, "sent", -1, when=Attr("sent").gt(0)))

    def count_bounced(self, hour: str, message: str) -> None:
        """Count the bounce of a message, once however often it is reported. RuntimeError if it must be reported
        again."""
        mark = {**record_key(f"CONFIRMATION#{message}", "BOUNCED"), "expires_at": self._items.expiry(_KEPT)}
        reasons = self._items.transact([Put(mark, when=ABSENT), self._add(hour, "bounced", 1)])
        if reasons and reasons[0] != CONDITION_FAILED:
            raise RuntimeError(f"a bounce was not counted: {reasons}")

    def forgive(self, hour: str, bounced: int) -> None:
        """Count this many bounces less."""
        self._items.update(self._add(hour, "bounced", -bounced, when=Attr("bounced").gte(bounced)))

    def _add(self, hour: str, name: str, amount: int, **how: Any) -> Update:
        expires_at = self._items.expiry(_KEPT)
        return Update(record_key("CONFIRMATIONS", hour), set={"expires_at": expires_at}, add={name: amount}, **how)
