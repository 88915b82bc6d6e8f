"""Sequences in DynamoDB, in the records table.

| `pk` | `sk` | item |
|---|---|---|
| `SEQUENCES` | a sequence's id | the sequence, without its letters |
| `SEQUENCE#<id>` | `STEPS` | its steps as they were written |
| `SEQUENCE#<id>` | `LEASE` | which run works on it, and until when at most |
| `SEQUENCE#<id>` | `VERSION#00001` | the steps that people who entered at one time go through |

The letters that are sent are kept as those of campaigns are (`email_list.aws.campaign_table`), the people inside in a
table of their own (`email_list.aws.place_table`).
"""

import json
from collections.abc import Mapping
from collections.abc import Sequence as Several
from dataclasses import replace
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from email_list import cursors
from email_list.aws.dynamodb import ABSENT, Item, Items, Put, Update, record_key
from email_list.aws.partitions import SEQUENCES, steps_key
from email_list.campaigns.campaign import Reason, ReasonCode
from email_list.fields import kept_json
from email_list.people.filters import Filter
from email_list.sequences.sequence import FrozenStep, On, Sequence, Status, Step, Trigger, Version, Wait
from email_list.sequences.store import SequencePage


class SequenceTable:
    """The `SequenceStore` of production. `table` is the boto3 table of records."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def get(self, sequence_id: str) -> Sequence | None:
        """The sequence, read consistently."""
        item = self._items.get(record_key(SEQUENCES, sequence_id))
        return _sequence(item) if item else None

    def steps(self, sequence_id: str) -> tuple[Step, ...]:
        """The steps as they were written."""
        item = self._items.get(steps_key(sequence_id))
        return tuple(map(_step, json.loads(item["steps"]))) if item else ()

    def version(self, sequence_id: str, number: int) -> Version | None:
        item = self._items.get(_part(sequence_id, _version_name(number)))
        if item is None:
            return None
        return Version(number, tuple(_frozen(step) for step in json.loads(item["steps"])))

    def save(
        self, sequence: Sequence, steps: tuple[Step, ...] | None = None, version: Version | None = None
    ) -> Sequence | None:
        """Store a sequence that has not changed since, with new steps and a new version if there are any, in one
        transaction; returns it with its new revision, or None if it has changed."""
        saved = replace(sequence, revision=sequence.revision + 1)
        unchanged = Attr("revision").eq(sequence.revision) if sequence.revision else ABSENT
        writes = [Put(_item(saved), unchanged)]
        if steps is not None:
            written = kept_json([step.to_json() for step in steps], "series of letters")
            writes.append(Put({**steps_key(sequence.id), "steps": written}))
        if version is not None:
            frozen = json.dumps([_frozen_json(step) for step in version.steps])
            writes.append(Put({**_part(sequence.id, _version_name(version.number)), "steps": frozen}, ABSENT))
        reasons = self._items.transact(writes)
        return None if reasons else saved

    def lease(self, sequence_id: str, holder: str, now: str, until: str) -> bool:
        """Let nobody else work on a sequence until then; False if somebody else does."""
        free = Attr("until").not_exists() | Attr("until").lt(now) | Attr("holder").eq(holder)
        lease = Update(_part(sequence_id, "LEASE"), set={"holder": holder, "until": until}, when=free)
        return self._items.update(lease) is not None

    def release(self, sequence_id: str, holder: str) -> None:
        """Let others work on it, if this one did."""
        self._items.delete(_part(sequence_id, "LEASE"), Attr("holder").eq(holder))

    def everything(self) -> Several[Sequence]:
        """All sequences, read consistently."""
        return [_sequence(item) for item in self._items.query(Key("pk").eq(SEQUENCES))]

    def page(self, limit: int, cursor: str | None) -> SequencePage:
        """Up to `limit` sequences by their ids."""
        after = record_key(SEQUENCES, cursors.decode(cursor, parts=1)[0]) if cursor else None
        items, last = self._items.page(Key("pk").eq(SEQUENCES), limit=limit, after=after)
        return SequencePage([_sequence(item) for item in items], cursors.encode([last["sk"]]) if last else None)

    def remove(self, sequence: Sequence) -> None:
        """Forget a sequence whose places are gone."""
        for number in range(1, sequence.version + 1):
            self._items.delete(_part(sequence.id, _version_name(number)))
        self._items.delete(_part(sequence.id, "LEASE"))
        self._items.delete(steps_key(sequence.id))
        self._items.delete(record_key(SEQUENCES, sequence.id))


def _part(sequence_id: str, name: str) -> dict[str, str]:
    return record_key(f"SEQUENCE#{sequence_id}", name)


def _version_name(number: int) -> str:
    return f"VERSION#{number:05d}"


def _item(sequence: Sequence) -> Item:
    item: Item = {
        **record_key(SEQUENCES, sequence.id),
        "name": sequence.name,
        "status": sequence.status.value,
        "trigger": sequence.trigger.to_json(),
        "created_at": sequence.created_at,
        "updated_at": sequence.updated_at,
        "filter": sequence.filter.to_text() if sequence.filter else None,
        "exit": sequence.exit.to_text() if sequence.exit else None,
        "version": sequence.version,
        "lines": {line: list(editions) for line, editions in sequence.lines.items()},
        "current": list(sequence.current),
        "subjects": list(sequence.subjects),
        "reason": sequence.reason.to_json() if sequence.reason else None,
        "revision": sequence.revision,
    }
    return {name: value for name, value in item.items() if value is not None}


def _sequence(item: Mapping[str, Any]) -> Sequence:
    trigger, reason = item["trigger"], item.get("reason")
    return Sequence(
        id=item["sk"],
        name=item["name"],
        status=Status(item["status"]),
        trigger=Trigger(On(trigger["on"]), trigger.get("topic", "")),
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        filter=Filter.from_text(item["filter"]) if "filter" in item else None,
        exit=Filter.from_text(item["exit"]) if "exit" in item else None,
        version=int(item["version"]),
        lines={line: tuple(editions) for line, editions in item["lines"].items()},
        current=tuple(item["current"]),
        subjects=tuple(item["subjects"]),
        reason=Reason(ReasonCode(reason["code"]), reason["message"]) if reason else None,
        revision=int(item["revision"]),
    )


def _step(written: Mapping[str, Any]) -> Step:
    return Step(Wait(**written["wait"], at=written.get("at")), written["letter"])


def _frozen_json(step: FrozenStep) -> dict[str, Any]:
    wait = step.wait
    spans = {"days": wait.days, "hours": wait.hours, "minutes": wait.minutes, "at": wait.at}
    return {"wait": spans, "edition": step.edition, "line": step.line}


def _frozen(written: Mapping[str, Any]) -> FrozenStep:
    return FrozenStep(Wait(**written["wait"]), written["edition"], written["line"])
