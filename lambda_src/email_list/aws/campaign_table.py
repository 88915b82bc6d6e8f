"""Campaigns, their ledgers and the shared pace in DynamoDB, in the table `campaigns`.

| `pk` | `sk` | item |
|---|---|---|
| `CAMPAIGNS` | campaign id | the campaign; ids sort by time, so that a listing is one query |
| `UNFINISHED` | campaign id | a mark for the sweeper, so that it reads no campaign that is over |
| `CAMPAIGN#<id>` | `PLAN#0000001` | a plan row: addresses, written once |
| `CAMPAIGN#<id>` | `BATCH#0000001` | a state row: outcomes, small, written by compare-and-set |
| `CAMPAIGN#<id>` | `TALLY#00` ... | sums of outcomes, spread over a few items, so that workers do not collide on one |
| `CAMPAIGN#<id>` | `EVENTS` | how far Send events have come in |
| `IDEMPOTENCY` | SHA-256 of a key | the campaign that a client's key stands for |

A batch of 50 costs about nine write units: two or three for the plan row, one for the claim, one for its turn in the
line, and two each for state row and tally, which are written in one transaction.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from email_list.aws.conditions import refused_by_condition
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import FINAL, Campaign, Plan, Position, Reason, ReasonCode, Status, Tally
from email_list.campaigns.ledger import Batch, PlannedBatch, State, changes
from email_list.campaigns.store import Move
from email_list.clock import Clock, utc_now

LEDGER_KEPT = timedelta(days=400)
"""How long rows with addresses and outcomes are kept; the campaign and its sums stay."""

PAGE = 100

KEYS_KEPT = timedelta(days=7)
TALLIES = 8
MAX_ATTEMPTS = 8

_COUNTED = ("sent", "failed", "skipped", "unknown", "batches")

Item = dict[str, Any]


class CampaignTable:
    """The `CampaignStore` and `LineStore` of production. `table` is a boto3 DynamoDB table; threads may share this."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._name = table.name
        self._client = table.meta.client
        self._clock = clock

    # Campaigns

    def create(self, campaign: Campaign) -> bool:
        """Store a new campaign; False when the id is there already. The sweeper's mark comes first, so that no
        campaign is without one."""
        self._client.put_item(TableName=self._name, Item={"pk": "UNFINISHED", "sk": campaign.id})
        return self._put_new(_campaign_item(campaign))

    def get(self, campaign_id: str) -> Campaign | None:
        item = self._get("CAMPAIGNS", campaign_id)
        return _campaign(item) if item else None

    def newest(self, limit: int, before: str | None) -> Sequence[Campaign]:
        """Campaigns with a smaller id than `before`, newest first."""
        condition, values = "pk = :pk", {":pk": "CAMPAIGNS"}
        if before:
            condition, values = "pk = :pk AND sk < :before", {":pk": "CAMPAIGNS", ":before": before}
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_campaign(item) for item in answer["Items"]]

    def newest_first(self) -> Iterator[Campaign]:
        """All campaigns."""
        before = None
        while page := self.newest(PAGE, before):
            yield from page
            before = page[-1].id

    def unfinished(self) -> Sequence[str]:
        """Ids of the campaigns to look after."""
        return [item["sk"] for item in self._query("pk = :pk", {":pk": "UNFINISHED"})]

    def forget_unfinished(self, campaign_id: str) -> None:
        self._client.delete_item(TableName=self._name, Key={"pk": "UNFINISHED", "sk": campaign_id})

    def remember_key(self, key: str, campaign_id: str, fingerprint: str) -> tuple[str, str]:
        """Tie an idempotency key to a campaign, unless it is tied already; the id and fingerprint it is tied to."""
        item: Item = {
            "pk": "IDEMPOTENCY",
            "sk": key,
            "campaign": campaign_id,
            "fingerprint": fingerprint,
            "expires_at": self._in(KEYS_KEPT),
        }
        if self._put_new(item):
            return campaign_id, fingerprint
        known = self._get("IDEMPOTENCY", key) or item
        return known["campaign"], known["fingerprint"]

    def move(self, campaign_id: str, sources: Iterable[Status], move: Move) -> Campaign | None:
        """Change the status of a campaign that has one of `sources`; the campaign after it, or None."""
        replaced = {
            "reason": move.reason.to_json() if move.reason else None,
            "resume_at": move.resume_at,
        }
        values = {f":{name}": value for name, value in replaced.items() if value is not None}
        sets = ["#status = :status", "updated_at = :at", *(f"{name[1:]} = {name}" for name in values)]
        if move.to in FINAL:
            sets.append("finished_at = :at")
        removed = [name for name, value in replaced.items() if value is None]
        allowed = {f":source{index}": status.value for index, status in enumerate(sources)}
        expression = f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removed)}" if removed else "")
        item = self._update(
            ("CAMPAIGNS", campaign_id),
            expression,
            {**values, **allowed, ":status": move.to.value, ":at": move.at},
            condition=f"#status IN ({', '.join(allowed)})",
            names={"#status": "status"},
        )
        return _campaign(item) if item else None

    def freeze(self, campaign_id: str, cutoff: str, batch_size: int) -> Campaign:
        """Fix a campaign's audience and batch size, unless they are fixed already; the campaign after it."""
        item = self._update(
            ("CAMPAIGNS", campaign_id),
            "SET cutoff = :cutoff, batch_size = :batch_size, updated_at = :cutoff",
            {":cutoff": cutoff, ":batch_size": batch_size},
            condition="attribute_exists(pk) AND attribute_not_exists(cutoff)",
        )
        return _campaign(item or self._require("CAMPAIGNS", campaign_id))

    def planned(self, campaign_id: str, plan: Plan, at: str) -> Campaign:
        """Note how far the plan has come, unless it is further already; the campaign after it."""
        item = self._update(
            ("CAMPAIGNS", campaign_id),
            "SET #plan = :plan, updated_at = :at",
            {":plan": _plan_item(plan), ":at": at, ":rows": plan.rows},
            condition="#plan.#rows < :rows",
            names={"#plan": "plan", "#rows": "rows"},
        )
        return _campaign(item or self._require("CAMPAIGNS", campaign_id))

    # The ledger

    def add_plan_row(self, campaign_id: str, row: PlannedBatch) -> PlannedBatch:
        """Write a plan row, unless it is there already; the row that is there afterwards."""
        item = {
            **_ledger_key(campaign_id, "PLAN", row.number),
            "recipients": list(row.recipients),
            "last": row.last,
            "expires_at": self._in(LEDGER_KEPT),
        }
        if row.end is not None:
            item["end"] = [row.end.subscribed_date, row.end.email]
        if self._put_new(item):
            return row
        return _plan_row(self._require(*_ledger_key(campaign_id, "PLAN", row.number).values()))

    def plan_row(self, campaign_id: str, number: int) -> PlannedBatch | None:
        item = self._get(*_ledger_key(campaign_id, "PLAN", number).values())
        return _plan_row(item) if item else None

    def plan_rows(self, campaign_id: str, first: int, last: int) -> Sequence[PlannedBatch]:
        """The plan rows with these numbers, in order."""
        return [_plan_row(item) for item in self._ledger(campaign_id, "PLAN", first, last)]

    def batch(self, campaign_id: str, number: int) -> Batch | None:
        """A state row; None for a batch that no worker has touched."""
        item = self._get(*_ledger_key(campaign_id, "BATCH", number).values())
        return _batch(item) if item else None

    def batches(self, campaign_id: str, first: int, last: int) -> Sequence[Batch]:
        """The state rows with these numbers, in order; those that no worker has touched are missing."""
        return [_batch(item) for item in self._ledger(campaign_id, "BATCH", first, last)]

    def work(self, campaign_id: str, number: int) -> tuple[Campaign | None, PlannedBatch | None, Batch | None]:
        """A campaign, a plan row and a state row in one read."""
        wanted = [
            {"pk": "CAMPAIGNS", "sk": campaign_id},
            _ledger_key(campaign_id, "PLAN", number),
            _ledger_key(campaign_id, "BATCH", number),
        ]
        found: dict[tuple[str, str], Item] = {}
        keys = wanted
        while keys:
            request = {self._name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._client.batch_get_item(RequestItems=request)
            found |= {(item["pk"], item["sk"]): item for item in answer["Responses"].get(self._name, [])}
            keys = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
        campaign, row, state = (found.get((key["pk"], key["sk"])) for key in wanted)
        return (
            _campaign(campaign) if campaign else None,
            _plan_row(row) if row else None,
            _batch(state) if state else None,
        )

    def save(
        self, campaign_id: str, before: Batch, after: Batch, at: str, *, accepted_at: str | None = None
    ) -> Batch | None:
        """Replace a state row that still has the revision of `before`, and count the difference, in one transaction."""
        saved = replace(after, revision=before.revision + 1)
        row: Item = {
            "TableName": self._name,
            "Item": {
                **_ledger_key(campaign_id, "BATCH", after.number),
                **_batch_item(saved),
                "expires_at": self._in(LEDGER_KEPT),
            },
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if before.revision:
            row["ConditionExpression"] = "revision = :seen"
            row["ExpressionAttributeValues"] = {":seen": before.revision}
        difference = changes(before, after)
        if difference or accepted_at:
            written = self._transact([{"Put": row}, self._count(campaign_id, after, difference, at, accepted_at)])
        else:
            written = self._accepts_condition(self._client.put_item, **row) is not None
        if written or self.batch(campaign_id, after.number) == saved:
            # The second case: the answer to an earlier try of the SDK was lost.
            return saved
        return None

    def tally(self, campaign_id: str) -> Tally:
        items = self._query(
            "pk = :pk AND begins_with(sk, :tally)", {":pk": f"CAMPAIGN#{campaign_id}", ":tally": "TALLY#"}
        )
        sums = {name: sum(int(item.get(name, 0)) for item in items) for name in _COUNTED}
        return Tally(
            **sums,
            accepted_at=max((item["accepted_at"] for item in items if "accepted_at" in item), default=None),
            updated_at=max((item["updated_at"] for item in items), default=None),
        )

    def note_events(self, campaign_id: str, until: str) -> None:
        """Send events of mails accepted up to this moment have arrived."""
        self._update(
            (f"CAMPAIGN#{campaign_id}", "EVENTS"),
            "SET noted_until = :until",
            {":until": until},
            condition="attribute_not_exists(noted_until) OR noted_until < :until",
        )

    def events_noted_until(self, campaign_id: str) -> str | None:
        item = self._get(f"CAMPAIGN#{campaign_id}", "EVENTS")
        return item["noted_until"] if item else None

    # Inside

    def _get(self, pk: str, sk: str) -> Item | None:
        answer = self._client.get_item(TableName=self._name, Key={"pk": pk, "sk": sk}, ConsistentRead=True)
        return answer.get("Item")

    def _require(self, pk: str, sk: str) -> Item:
        item = self._get(pk, sk)
        if item is None:
            raise LookupError(f"{pk} {sk} is gone from {self._name}")
        return item

    def _put_new(self, item: Item) -> bool:
        answer = self._accepts_condition(
            self._client.put_item,
            TableName=self._name,
            Item=item,
            ConditionExpression="attribute_not_exists(pk)",
        )
        return answer is not None

    def _update(
        self,
        key: tuple[str, str],
        expression: str,
        values: Mapping[str, Any],
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Item | None:
        """The item after the update; None when the condition did not hold."""
        answer = self._accepts_condition(
            self._client.update_item,
            TableName=self._name,
            Key={"pk": key[0], "sk": key[1]},
            UpdateExpression=expression,
            ExpressionAttributeValues=dict(values),
            ReturnValues="ALL_NEW",
            **({"ConditionExpression": condition} if condition else {}),
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
        )
        return answer["Attributes"] if answer is not None else None

    def _accepts_condition(self, operation: Any, **parameters: Any) -> Any:
        """The operation's answer; None when DynamoDB refused it because its condition did not hold."""
        try:
            return operation(**parameters)
        except ClientError as error:
            if refused_by_condition(error):
                return None
            raise

    def _count(
        self, campaign_id: str, batch: Batch, difference: Mapping[str, int], at: str, accepted_at: str | None
    ) -> Item:
        """The update that adds a change of one batch to the campaign's tally."""
        sets = "SET updated_at = :at" + (", accepted_at = :accepted_at" if accepted_at else "")
        adds = ", ".join(f"#{name} :{name}" for name in difference)
        return {
            "Update": {
                "TableName": self._name,
                "Key": {"pk": f"CAMPAIGN#{campaign_id}", "sk": f"TALLY#{batch.number % TALLIES:02d}"},
                "UpdateExpression": sets + (f" ADD {adds}" if adds else ""),
                **({"ExpressionAttributeNames": {f"#{name}": name for name in difference}} if adds else {}),
                "ExpressionAttributeValues": {
                    ":at": at,
                    **({":accepted_at": accepted_at} if accepted_at else {}),
                    **{f":{name}": amount for name, amount in difference.items()},
                },
            }
        }

    def _transact(self, writes: Sequence[Item]) -> bool:
        """Write all or nothing; False when a condition did not hold. Collisions with other writers are tried again."""
        for attempt in range(MAX_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=list(writes))
            except ClientError as error:
                reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
                if "ConditionalCheckFailed" in reasons:
                    return False
                if "TransactionConflict" not in reasons or attempt == MAX_ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311
            else:
                return True
        return False

    def _ledger(self, campaign_id: str, kind: str, first: int, last: int) -> list[Item]:
        if first > last:
            return []
        values = {
            ":pk": f"CAMPAIGN#{campaign_id}",
            ":first": f"{kind}#{first:07d}",
            ":last": f"{kind}#{last:07d}",
        }
        return self._query("pk = :pk AND sk BETWEEN :first AND :last", values)

    def _query(self, condition: str, values: Mapping[str, Any]) -> list[Item]:
        """All items of a key condition, read consistently."""
        items: list[Item] = []
        start: Item = {}
        while True:
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=dict(values),
                ConsistentRead=True,
                **start,
            )
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return items
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _in(self, span: timedelta) -> int:
        """The moment after this span, as DynamoDB's TTL wants it."""
        return int((self._clock() + span).timestamp())


def _ledger_key(campaign_id: str, kind: str, number: int) -> dict[str, str]:
    return {"pk": f"CAMPAIGN#{campaign_id}", "sk": f"{kind}#{number:07d}"}


def _campaign_item(campaign: Campaign) -> Item:
    item = {
        "pk": "CAMPAIGNS",
        "sk": campaign.id,
        "status": campaign.status.value,
        "subject": campaign.subject,
        "created_at": campaign.created_at,
        "updated_at": campaign.updated_at,
        "audience": campaign.audience.to_json(),
        "variables": {part: list(names) for part, names in campaign.variables.items()},
        "defaults": dict(campaign.defaults),
        "schedule_at": campaign.schedule_at,
        "cutoff": campaign.cutoff,
        "batch_size": campaign.batch_size,
        "plan": _plan_item(campaign.plan),
        "reason": campaign.reason.to_json() if campaign.reason else None,
        "resume_at": campaign.resume_at,
        "finished_at": campaign.finished_at,
    }
    return {name: value for name, value in item.items() if value is not None}


def _campaign(item: Mapping[str, Any]) -> Campaign:
    plan, reason = item["plan"], item.get("reason")
    return Campaign(
        id=item["sk"],
        status=Status(item["status"]),
        subject=item["subject"],
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        audience=Audience(tuple(item["audience"]["topics"]), item["audience"]["attributes"]),
        variables=item["variables"],
        defaults=item["defaults"],
        schedule_at=item.get("schedule_at"),
        cutoff=item.get("cutoff"),
        batch_size=int(item["batch_size"]),
        plan=Plan(
            rows=int(plan["rows"]),
            batches=int(plan["batches"]),
            people=int(plan["people"]),
            position=Position(*plan["position"]) if "position" in plan else None,
            complete=plan["complete"],
        ),
        reason=Reason(ReasonCode(reason["code"]), reason["message"]) if reason else None,
        resume_at=item.get("resume_at"),
        finished_at=item.get("finished_at"),
    )


def _plan_item(plan: Plan) -> Item:
    item: Item = {
        "rows": plan.rows,
        "batches": plan.batches,
        "people": plan.people,
        "complete": plan.complete,
    }
    if plan.position is not None:
        item["position"] = [plan.position.subscribed_date, plan.position.email]
    return item


def _plan_row(item: Mapping[str, Any]) -> PlannedBatch:
    return PlannedBatch(
        number=_number(item),
        recipients=tuple(item["recipients"]),
        end=Position(*item["end"]) if "end" in item else None,
        last=item["last"],
    )


def _batch_item(batch: Batch) -> Item:
    item: Item = {
        "outcomes": batch.outcomes,
        "state": batch.state.value,
        "claim": batch.claim,
        "claimed_at": batch.claimed_at,
        "reasons": {str(position): reason for position, reason in batch.reasons.items()},
        "seen": set(batch.seen),
        "refused": {str(position): reason for position, reason in batch.refused.items()},
        "doubts": batch.doubts,
        "tries": batch.tries,
    }
    return {"revision": batch.revision, **{name: value for name, value in item.items() if value}}


def _batch(item: Mapping[str, Any]) -> Batch:
    return Batch(
        number=_number(item),
        outcomes=item["outcomes"],
        state=State(item["state"]),
        claim=item.get("claim", ""),
        claimed_at=item.get("claimed_at", ""),
        reasons={int(position): reason for position, reason in item.get("reasons", {}).items()},
        seen=frozenset(int(position) for position in item.get("seen", ())),
        refused={int(position): reason for position, reason in item.get("refused", {}).items()},
        doubts=int(item.get("doubts", 0)),
        tries=int(item.get("tries", 0)),
        revision=int(item["revision"]),
    )


def _number(item: Mapping[str, Any]) -> int:
    return int(item["sk"].partition("#")[2])
