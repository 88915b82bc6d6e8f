"""Running imports and exports, in the records table: `pk` is the kind of job, `sk` its id."""

import secrets
import time
from dataclasses import asdict, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from boto3.dynamodb.conditions import Attr, Key

from email_list.aws.dynamodb import Item, Items, Update, record_key
from email_list.people.jobs import Job

KEPT = timedelta(days=30)
MAX_ID = 40

J = TypeVar("J", bound=Job)


class JobTable(Generic[J]):
    """Jobs of one type; ids sort by time. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any, kind: type[J]) -> None:
        self._items = Items(table)
        self._kind = kind

    def create(self, job: J) -> J:
        """Store a new job; returns it with its id."""
        job_id = f"{int(time.time() * 1000):012x}{secrets.token_hex(6)}"
        item = {**_fields(job), **self._key(job_id), "expires_at": self._items.expiry(KEPT)}
        self._items.put(item)
        return self._job(item)

    def get(self, job_id: str) -> J | None:
        """The job, read consistently."""
        if not 0 < len(job_id) <= MAX_ID:
            return None
        item = self._items.get(self._key(job_id))
        return self._job(item) if item else None

    def recent(self, limit: int) -> list[J]:
        """The newest jobs first."""
        items, _ = self._items.page(Key("pk").eq(self._kind.KIND), backwards=True, limit=limit)
        return [self._job(item) for item in items]

    def advance(self, job: J, **changes: Any) -> J | None:
        """Store changes to a job, unless another worker has advanced it since it was read; then None."""
        unchanged = Attr("step").eq(job.step)
        item = self._items.update(Update(self._key(job.id), set={**changes, "step": job.step + 1}, when=unchanged))
        return self._job(item) if item else None

    def _key(self, job_id: str) -> dict[str, str]:
        return record_key(self._kind.KIND, job_id)

    def _job(self, item: Item) -> J:
        known: dict[str, Any] = {each.name: item[each.name] for each in fields(self._kind) if each.name in item}
        known |= {name: int(value) for name, value in known.items() if isinstance(value, Decimal)}
        return self._kind(**{**known, "id": item["sk"]})


def _fields(job: Job) -> Item:
    return {name: value for name, value in asdict(job).items() if name != "id" and value is not None}
