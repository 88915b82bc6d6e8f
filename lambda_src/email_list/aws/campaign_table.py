"""Campaigns and their ledgers in DynamoDB, in the records table.

| `pk` | `sk` | item |
|---|---|---|
| `CAMPAIGNS` | campaign id | the campaign; ids sort by time, so that a listing is one query |
| `STEPS` | campaign id | the same for what sequences send in a step, which no listing of campaigns shows |
| `UNFINISHED` | campaign id | a mark for the sweeper, so that it reads no campaign that is over; where it goes on |
| `CAMPAIGN#<id>` | `LETTER#<edition>` | the source of its letter, as it was written |
| `CAMPAIGN#<id>` | `LINKS#<edition>` | the links of that letter whose clicks are counted |
| `CAMPAIGN#<id>#<shard>` | `PLAN#0000001` | a plan row: addresses, written once |
| `CAMPAIGN#<id>#<shard>` | `BATCH#0000001` | a state row: outcomes, small, written by compare-and-set |
| `CAMPAIGN#<id>` | `TALLY#00` ... | sums of outcomes, spread over a few items, so that workers do not collide on one |
| `CAMPAIGN#<id>` | `EVENTS` | how far Send events have come in |
| `CAMPAIGN#<id>` | `BATCHES` | how many batches of a step are numbered |
| `IDEMPOTENCY` | SHA-256 of a key | the campaign that a client's key stands for |

A batch of 50 costs about nine write units: two or three for the plan row, one for the claim, one for its turn in the
line, and two each for state row and tally, which are written in one transaction.
"""

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from email_list.aws.dynamodb import ABSENT, CONDITION_FAILED, Delete, Item, Items, Put, Update, Write, record_key
from email_list.aws.partitions import CAMPAIGNS, letter_key
from email_list.aws.shards import of_ledger
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import (
    EDITABLE,
    FINAL,
    STEP,
    Campaign,
    Gate,
    Plan,
    Position,
    Reason,
    ReasonCode,
    Status,
    Tally,
)
from email_list.campaigns.ledger import LEDGER_KEPT, Batch, PlannedBatch, State, changes
from email_list.campaigns.store import Move
from email_list.clock import Clock, utc_now
from email_list.fields import kept_json

PAGE = 100

KEYS_KEPT = timedelta(days=7)
TALLIES = 8
MAX_ATTEMPTS = 8

_EDITED = (
    *("subject", "audience", "variables", "defaults", "schedule_at", "updated_at", "edits", "edition"),
    *("title", "summary"),
)
_COUNTED = ("sent", "failed", "skipped", "unknown", "tracked", "batches")


class CampaignTable:
    """The `CampaignStore` of production. `table` is a boto3 DynamoDB table; threads may share this."""

    def __init__(self, table: Any, clock: Clock = utc_now) -> None:
        self._items = Items(table, clock)

    # Campaigns

    def expect(self, campaign_id: str) -> None:
        """Have the sweeper look after a campaign that is about to be created."""
        self._items.put(record_key("UNFINISHED", campaign_id))

    def create(self, campaign: Campaign) -> bool:
        """Store a new campaign; False if the id exists already. The sweeper's mark is written first, so that no
        campaign lacks one; a step of a sequence needs none."""
        if not campaign.sequence:
            self.expect(campaign.id)
        return self._items.put(_campaign_item(campaign), ABSENT)

    def get(self, campaign_id: str) -> Campaign | None:
        item = self._items.get(campaign_key(campaign_id))
        return stored_campaign(item) if item else None

    def keep_letter(self, campaign_id: str, letter: Mapping[str, Any], links: Sequence[str] = ()) -> Mapping[str, Any]:
        """Keep the source and the links of a new campaign's letter, unless they are kept already; returns the source
        that is kept."""
        source, of_letter = _letter_items(campaign_id, "", letter, links)
        if self._transact([Put(source, ABSENT), Put(of_letter)]):
            return letter
        known = self._items.get(letter_key(campaign_id, ""))
        return json.loads(known["source"]) if known else letter

    def letter(self, campaign: Campaign) -> Mapping[str, Any] | None:
        """The source of a campaign's present letter; None where it was not kept."""
        item = self._items.get(letter_key(campaign.id, campaign.edition))
        return json.loads(item["source"]) if item else None

    def links(self, campaign_id: str) -> Sequence[str]:
        """The links of a campaign's current letter."""
        campaign = self.get(campaign_id)
        item = self._items.get(_links_key(campaign_id, campaign.edition)) if campaign else None
        return item["links"] if item else ()

    def edit(
        self, before: Campaign, after: Campaign, letter: Mapping[str, Any] | None, links: Sequence[str] = ()
    ) -> Campaign | None:
        """Change what editors may change of a campaign that has not begun and was not edited since `before`."""
        item = _campaign_item(after)
        unbegun = _has_one_of(EDITABLE) & Attr("cutoff").not_exists()
        change = Update(
            campaign_key(after.id),
            set={name: item[name] for name in _EDITED if name in item},
            remove=[name for name in _EDITED if name not in item],
            when=unbegun & _edited(before.edits),
        )
        letters: list[Write] = []
        if letter is not None:
            letters = [
                *(Put(kept) for kept in _letter_items(after.id, after.edition, letter, links)),
                Delete(letter_key(before.id, before.edition)),
                Delete(_links_key(before.id, before.edition)),
            ]
        return self._require(after.id) if self._transact([change, *letters]) else None

    def archive(self, campaign_id: str, archived: bool) -> Campaign | None:
        """Take a campaign that is over out of the list, or put it back; None when it is not over."""
        return self._change(campaign_id, set={"archived": archived}, when=_has_one_of(FINAL))

    def publish(self, campaign: Campaign, public: bool) -> Campaign | None:
        """Say whether everybody may read a campaign, with its title and summary; None when its letter has changed."""
        said = {"public": public, "title": campaign.title, "summary": campaign.summary}
        return self._change(campaign.id, set=said, when=_edited(campaign.edits))

    def newest(self, limit: int, before: str | None) -> Sequence[Campaign]:
        """Campaigns with a smaller id than `before`, newest first."""
        where = Key("pk").eq(CAMPAIGNS)
        items, _ = self._items.page(where & Key("sk").lt(before) if before else where, backwards=True, limit=limit)
        return [stored_campaign(item) for item in items]

    def newest_first(self, before: str | None = None) -> Iterator[Campaign]:
        """All campaigns, or those older than one."""
        while page := self.newest(PAGE, before):
            yield from page
            before = page[-1].id

    def unfinished(self) -> Sequence[str]:
        """Ids of the campaigns to look after."""
        return [item["sk"] for item in self._items.query(Key("pk").eq("UNFINISHED"))]

    def forget_unfinished(self, campaign_id: str) -> None:
        self._items.delete(record_key("UNFINISHED", campaign_id))

    def swept_to(self, campaign_id: str) -> int:
        """The row with which the sweeper continues; the first, unless it ran out of time."""
        item = self._items.get(record_key("UNFINISHED", campaign_id)) or {}
        return int(item.get("swept_to", 1))

    def note_swept(self, campaign_id: str, row: int) -> None:
        """The sweeper continues with this row next time."""
        mark = record_key("UNFINISHED", campaign_id)
        self._items.update(Update(mark, set={"swept_to": row}, when=Attr("pk").exists()))

    def key(self, key: str) -> tuple[str, str] | None:
        """The campaign's id and the fingerprint that an idempotency key is tied to."""
        known = self._items.get(record_key("IDEMPOTENCY", key))
        return (known["campaign"], known["fingerprint"]) if known else None

    def remember_key(self, key: str, campaign_id: str, fingerprint: str) -> tuple[str, str]:
        """Tie an idempotency key to a campaign, unless it is tied already; returns the id and fingerprint it is tied
        to."""
        tie = {"campaign": campaign_id, "fingerprint": fingerprint, "expires_at": self._items.expiry(KEYS_KEPT)}
        known = None if self._items.put({**record_key("IDEMPOTENCY", key), **tie}, ABSENT) else self.key(key)
        return known or (campaign_id, fingerprint)

    def move(self, campaign_id: str, sources: Iterable[Status], move: Move) -> Campaign | None:
        """Change the status of a campaign that has one of `sources`; returns the campaign afterwards, or None."""
        replaced = {"reason": move.reason.to_json() if move.reason else None, "resume_at": move.resume_at}
        return self._change(
            campaign_id,
            set={
                "status": move.to.value,
                "updated_at": move.at,
                **({"finished_at": move.at} if move.to in FINAL else {}),
                **{name: value for name, value in replaced.items() if value is not None},
            },
            remove=[name for name, value in replaced.items() if value is None],
            when=_has_one_of(sources) if move.edits is None else _has_one_of(sources) & _edited(move.edits),
        )

    def freeze(self, campaign_id: str, cutoff: str, batch_size: int) -> Campaign:
        """Fix a campaign's audience and batch size, unless they are fixed already; returns the campaign afterwards."""
        frozen = self._change(
            campaign_id,
            set={"cutoff": cutoff, "batch_size": batch_size, "updated_at": cutoff},
            when=Attr("pk").exists() & Attr("cutoff").not_exists(),
        )
        return frozen or self._require(campaign_id)

    def planned(self, campaign_id: str, plan: Plan, at: str) -> Campaign:
        """Record how far the plan has come, unless it is already further; returns the campaign afterwards."""
        grown = self._change(
            campaign_id, set={"plan": _plan_item(plan), "updated_at": at}, when=Attr("plan.rows").lt(plan.rows)
        )
        return grown or self._require(campaign_id)

    def open_gate(self, campaign_id: str, gate: Gate) -> Campaign:
        """Let a campaign be sent up to here; returns the campaign afterwards."""
        opened = self._change(campaign_id, set={"gate": list(gate)}, when=Attr("pk").exists())
        return opened or self._require(campaign_id)

    # The ledger

    def add_plan_rows(self, campaign_id: str, rows: Sequence[PlannedBatch]) -> Sequence[PlannedBatch]:
        """Write consecutive plan rows, each unless it exists already; returns the rows that exist afterwards.

        Nothing is written after a row that exists and differs: the answer then ends with that row. Usually none exists,
        and one call writes all of them, or nothing.
        """
        puts = [self._plan_row_put(campaign_id, row) for row in rows]
        if len(puts) > 1 and self._transact(puts):
            return rows
        there: list[PlannedBatch] = []
        for row, put in zip(rows, puts, strict=True):
            there.append(self._put_plan_row(campaign_id, row, put))
            if there[-1] != row:
                break
        return there

    def _plan_row_put(self, campaign_id: str, row: PlannedBatch) -> Put:
        expires_at = self._items.expiry(LEDGER_KEPT)
        place = ledger_key(campaign_id, "PLAN", row.number)
        return Put({**place, **_plan_row_item(row), "expires_at": expires_at}, ABSENT)

    def _put_plan_row(self, campaign_id: str, row: PlannedBatch, put: Put) -> PlannedBatch:
        if self._items.put(put.item, put.when):
            return row
        item = self._items.get(ledger_key(campaign_id, "PLAN", row.number))
        if item is None:
            raise LookupError(f"row {row.number} of the plan of campaign {campaign_id} is gone")
        return _plan_row(item)

    def plan_rows(self, campaign_id: str, first: int, last: int) -> Sequence[PlannedBatch]:
        """The plan rows with these numbers, in order."""
        return [_plan_row(item) for item in self._ledger(campaign_id, "PLAN", range(first, last + 1))]

    def batch(self, campaign_id: str, number: int) -> Batch | None:
        """A state row; None for a batch that no worker has touched."""
        item = self._items.get(ledger_key(campaign_id, "BATCH", number))
        return _batch(item) if item else None

    def batches(self, campaign_id: str, numbers: Iterable[int]) -> Mapping[int, Batch]:
        """The state rows with these numbers; those that no worker has touched are missing."""
        return {number(item): _batch(item) for item in self._ledger(campaign_id, "BATCH", numbers)}

    def work(self, campaign_id: str, number: int) -> tuple[Campaign | None, PlannedBatch | None, Batch | None]:
        """A campaign, a plan row and a state row in one read."""
        wanted = [
            campaign_key(campaign_id),
            *(ledger_key(campaign_id, kind, number) for kind in ("PLAN", "BATCH")),
        ]
        found = {(item["pk"], item["sk"]): item for item in self._items.get_many(wanted)}
        campaign, row, state = (found.get((place["pk"], place["sk"])) for place in wanted)
        return (
            stored_campaign(campaign) if campaign else None,
            _plan_row(row) if row else None,
            _batch(state) if state else None,
        )

    def save(
        self, campaign_id: str, before: Batch, after: Batch, at: str, *, accepted_at: str | None = None
    ) -> Batch | None:
        """Replace a state row that still has the revision of `before`, and count the difference, in one transaction."""
        saved = replace(after, revision=before.revision + 1)
        row = Put(
            {
                **ledger_key(campaign_id, "BATCH", after.number),
                **_batch_item(saved),
                "expires_at": self._items.expiry(LEDGER_KEPT),
            },
            Attr("revision").eq(before.revision) if before.revision else ABSENT,
        )
        difference = changes(before, after)
        if difference or accepted_at:
            count = Update(
                record_key(f"CAMPAIGN#{campaign_id}", f"TALLY#{after.number % TALLIES:02d}"),
                set={"updated_at": at, **({"accepted_at": accepted_at} if accepted_at else {})},
                add=difference,
            )
            written = self._transact([row, count])
        else:
            written = self._items.put(row.item, row.when)
        if written or self.batch(campaign_id, after.number) == saved:
            # The second case: the response to an earlier attempt by the SDK was lost.
            return saved
        return None

    def tally(self, campaign_id: str) -> Tally:
        where = Key("pk").eq(f"CAMPAIGN#{campaign_id}") & Key("sk").begins_with("TALLY#")
        items = list(self._items.query(where))
        sums = {name: sum(int(item.get(name, 0)) for item in items) for name in _COUNTED}
        return Tally(
            **sums,
            accepted_at=max((item["accepted_at"] for item in items if "accepted_at" in item), default=None),
            updated_at=max((item["updated_at"] for item in items), default=None),
        )

    def note_events(self, campaign_id: str, until: str) -> None:
        """Send events of emails accepted up to this moment have arrived."""
        behind = Attr("noted_until").not_exists() | Attr("noted_until").lt(until)
        self._items.update(
            Update(record_key(f"CAMPAIGN#{campaign_id}", "EVENTS"), set={"noted_until": until}, when=behind)
        )

    def events_noted_until(self, campaign_id: str) -> str | None:
        item = self._items.get(record_key(f"CAMPAIGN#{campaign_id}", "EVENTS"))
        return item["noted_until"] if item else None

    # Steps of sequences

    def reserve(self, edition: str, batches: int) -> int:
        """The first of so many numbers of batches that nobody else gets."""
        item = self._items.update(Update(record_key(f"CAMPAIGN#{edition}", "BATCHES"), add={"amount": batches}))
        assert item is not None
        return int(item["amount"]) - batches + 1

    def plan_batch(self, edition: str, number: int, recipients: Sequence[str]) -> tuple[Items, Put]:
        """The plan row of a batch, to be written in one transaction with whatever puts people into it."""
        return self._items, self._plan_row_put(edition, PlannedBatch(number, recipients, end=None))

    def forget(self, edition: str) -> None:
        """Remove a step and its letter. Its ledger ends by its own time."""
        for key in (campaign_key(edition), letter_key(edition, ""), _links_key(edition, "")):
            self._items.delete(key)

    # Inside

    def _change(self, campaign_id: str, **change: Any) -> Campaign | None:
        """The campaign after an update; None if its condition did not hold."""
        item = self._items.update(Update(campaign_key(campaign_id), **change))
        return stored_campaign(item) if item else None

    def _require(self, campaign_id: str) -> Campaign:
        campaign = self.get(campaign_id)
        if campaign is None:
            raise LookupError(f"campaign {campaign_id} is gone")
        return campaign

    def _transact(self, writes: Sequence[Write]) -> bool:
        """Write all or nothing; False if a condition did not hold. Collisions with other writers are retried."""
        for attempt in range(MAX_ATTEMPTS):
            reasons = self._items.transact(writes)
            if not reasons:
                return True
            if CONDITION_FAILED in reasons:
                return False
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311
        raise RuntimeError(f"{MAX_ATTEMPTS} attempts at a write collided with others")

    def _ledger(self, campaign_id: str, kind: str, numbers: Iterable[int]) -> list[Item]:
        keys = [ledger_key(campaign_id, kind, number) for number in numbers]
        return sorted(self._items.get_many(keys), key=number)


def campaign_key(campaign_id: str) -> dict[str, str]:
    return record_key("STEPS" if campaign_id.startswith(STEP) else CAMPAIGNS, campaign_id)


def _links_key(campaign_id: str, edition: str) -> dict[str, str]:
    return record_key(f"CAMPAIGN#{campaign_id}", f"LINKS#{edition}")


def _letter_items(campaign_id: str, edition: str, letter: Mapping[str, Any], links: Sequence[str]) -> tuple[Item, Item]:
    return (
        {**letter_key(campaign_id, edition), "source": kept_json(letter, "letter")},
        {**_links_key(campaign_id, edition), "links": list(links)},
    )


def _has_one_of(statuses: Iterable[Status]) -> ConditionBase:
    return Attr("status").is_in([status.value for status in statuses])


def _edited(times: int) -> ConditionBase:
    return Attr("edits").eq(times) if times else Attr("edits").not_exists()


def ledger_key(campaign_id: str, kind: str, number: int) -> dict[str, str]:
    return record_key(of_ledger(campaign_id, number), f"{kind}#{number:07d}")


def _campaign_item(campaign: Campaign) -> Item:
    item = {
        **campaign_key(campaign.id),
        "status": campaign.status.value,
        "subject": campaign.subject,
        "created_at": campaign.created_at,
        "updated_at": campaign.updated_at,
        "audience": _audience_item(campaign.audience),
        "variables": {part: list(names) for part, names in campaign.variables.items()},
        "defaults": dict(campaign.defaults),
        "schedule_at": campaign.schedule_at,
        "cutoff": campaign.cutoff,
        "batch_size": campaign.batch_size,
        "plan": _plan_item(campaign.plan),
        "reason": campaign.reason.to_json() if campaign.reason else None,
        "resume_at": campaign.resume_at,
        "finished_at": campaign.finished_at,
        "edits": campaign.edits or None,
        "edition": campaign.edition or None,
        "archived": campaign.archived or None,
        "gate": list(campaign.gate) if campaign.gate else None,
        "public": campaign.public or None,
        "title": campaign.title or None,
        "summary": campaign.summary or None,
        "sequence": campaign.sequence or None,
    }
    return {name: value for name, value in item.items() if value is not None}


def stored_campaign(item: Mapping[str, Any]) -> Campaign:
    plan, reason = item["plan"], item.get("reason")
    return Campaign(
        id=item["sk"],
        status=Status(item["status"]),
        subject=item["subject"],
        created_at=item["created_at"],
        updated_at=item["updated_at"],
        audience=_audience(item["audience"]),
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
        edits=int(item.get("edits", 0)),
        edition=item.get("edition", ""),
        archived=item.get("archived", False),
        gate=_gate(*item["gate"]) if "gate" in item else None,
        public=item.get("public", False),
        title=item.get("title", ""),
        summary=item.get("summary", ""),
        sequence=item.get("sequence", ""),
    )


def _gate(band: str, row: Decimal, position: Decimal) -> Gate:
    return Gate(band, int(row), int(position))


def _audience_item(audience: Audience) -> Item:
    # As text: DynamoDB knows neither all of JSON's numbers nor its depths.
    tree = {"filter": json.dumps(audience.filter, ensure_ascii=False)} if audience.filter else {}
    return {**audience.to_json(), **tree}


def _audience(item: Mapping[str, Any]) -> Audience:
    tree = json.loads(item["filter"]) if "filter" in item else None
    return Audience(tuple(item["topics"]), item["attributes"], tree, item.get("segment", ""))


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


def _plan_row_item(row: PlannedBatch) -> Item:
    item: Item = {"recipients": list(row.recipients), "last": row.last}
    if row.bands:
        item["bands"] = row.bands
    if row.end is not None:
        item["end"] = [row.end.subscribed_date, row.end.email]
    return item


def _plan_row(item: Mapping[str, Any]) -> PlannedBatch:
    return PlannedBatch(
        number=number(item),
        recipients=tuple(item["recipients"]),
        end=Position(*item["end"]) if "end" in item else None,
        last=item["last"],
        bands=item.get("bands", ""),
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
        "tracked": set(batch.tracked),
    }
    return {"revision": batch.revision, **{name: value for name, value in item.items() if value}}


def _batch(item: Mapping[str, Any]) -> Batch:
    return Batch(
        number=number(item),
        outcomes=item["outcomes"],
        state=State(item["state"]),
        claim=item.get("claim", ""),
        claimed_at=item.get("claimed_at", ""),
        reasons={int(position): reason for position, reason in item.get("reasons", {}).items()},
        seen=frozenset(int(position) for position in item.get("seen", ())),
        refused={int(position): reason for position, reason in item.get("refused", {}).items()},
        doubts=int(item.get("doubts", 0)),
        tries=int(item.get("tries", 0)),
        tracked=frozenset(int(position) for position in item.get("tracked", ())),
        revision=int(item["revision"]),
    )


def number(item: Mapping[str, Any]) -> int:
    return int(item["sk"].partition("#")[2])
