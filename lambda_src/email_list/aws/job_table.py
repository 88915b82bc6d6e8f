"""Imports and exports under way, in the records table: `pk` is the kind of job, `sk` its id."""

import secrets
import time
from typing import Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from email_list.aws.conditions import refused_by_condition
from email_list.clock import iso, utc_now

KEPT_SECONDS = 30 * 24 * 3600
MAX_ID = 40

Item = dict[str, Any]


class JobTable:
    """Jobs by kind (`IMPORT`, `EXPORT`) and id; ids sort by time."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def create(self, kind: str, fields: Item) -> Item:
        """A new job with these fields, an `id` and a `created_at`."""
        job_id = f"{int(time.time() * 1000):012x}{secrets.token_hex(6)}"
        expires_at = int(time.time()) + KEPT_SECONDS
        job = {"pk": kind, "sk": job_id, "created_at": iso(utc_now()), "expires_at": expires_at, **fields}
        self._table.put_item(Item=job)
        return job

    def get(self, kind: str, job_id: str) -> Item | None:
        """The job, read consistently."""
        if not 0 < len(job_id) <= MAX_ID:
            return None
        return self._table.get_item(Key={"pk": kind, "sk": job_id}, ConsistentRead=True).get("Item")

    def recent(self, kind: str, limit: int) -> list[Item]:
        """The newest jobs first."""
        return self._table.query(KeyConditionExpression=Key("pk").eq(kind), ScanIndexForward=False, Limit=limit)[
            "Items"
        ]

    def advance(self, job: Item, changes: Item) -> Item | None:
        """Store changes to a job, unless another worker has moved it on since it was read; then None."""
        step = job.get("step", 0)
        values = {**changes, "step": step + 1}
        try:
            answer = self._table.update_item(
                Key={"pk": job["pk"], "sk": job["sk"]},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression=Attr("pk").exists()
                & (Attr("step").eq(step) if step else Attr("step").not_exists()),
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if refused_by_condition(error):
                return None
            raise
        return answer["Attributes"]
