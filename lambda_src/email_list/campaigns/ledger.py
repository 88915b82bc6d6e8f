"""The ledger: for every batch of a campaign, who was planned into it and what happened to each.

A batch has two rows. The *plan row* is written once, by the planner, and never changes. The *state row* appears when a
worker first claims the batch, and changes only by compare-and-set on its `revision`: a write based on an outdated row
is refused, and its author reads again. Outcomes are one letter per recipient, so that a row of 50 stays under one write
unit.

Why nobody gets a campaign twice. An email leaves only after its batch was claimed, and only for recipients whose
outcome is pending. Two workers cannot hold the claim at once: the second one's write is refused. SES has no idempotency
token, so a worker that dies (or loses its connection) between the call and the record leaves a claim behind, and nobody
knows who got the email. Such a claim is left alone for a grace time, in which SES's Send events arrive and are recorded
in the row; after it, recipients with an event were sent the email, and those without one are sent it again.

Why nobody is lost. Plan rows are numbered without gaps and each says where it ended, so that a planner that starts over
walks the same path. A batch is done only when no outcome is pending, and a campaign is `sent` only when as many batches
are done as were planned. Each step may be repeated: a message delivered twice finds the batch claimed or done.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from email_list.campaigns.campaign import Gate, Plan, Position
from email_list.clock import from_iso

LEDGER_KEPT = timedelta(days=400)
"""How long rows with addresses and outcomes are kept; the campaign and its sums stay."""

MAX_REASON = 120
"""Characters stored of an error, so that a batch in which everybody fails remains a small row."""


class Outcome(StrEnum):
    """What happened to one recipient. The value is the letter in the ledger, the name is used everywhere else."""

    PENDING = "."
    SENT = "s"
    FAILED = "f"
    SKIPPED = "k"
    UNKNOWN = "u"


class State(StrEnum):
    """What a batch is doing. `OPEN` is waiting for a worker."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"


@dataclass(frozen=True)
class PlannedBatch:
    """A plan row: the addresses of its recipients in order, and where the walk stood after them.

    It may be empty, if a planner's time was up or at the end; `last` ends the plan. During a warm-up, `bands` has a
    letter for each recipient (`warm_up.band`).
    """

    number: int
    recipients: Sequence[str]
    end: Position | None
    last: bool = False
    bands: str = ""

    def place(self, position: int) -> Gate:
        """Where a recipient stands while the domain is warming up; those of a plan from before stand first."""
        return Gate(self.bands[position : position + 1], self.number, position)

    def within(self, gate: Gate | None, positions: Sequence[int]) -> list[int]:
        """Those of these recipients who may be sent to already."""
        return [position for position in positions if gate is None or self.place(position) <= gate]


def extended(plan: Plan, row: PlannedBatch) -> Plan:
    """The plan with one more row."""
    return Plan(
        rows=row.number,
        batches=plan.batches + bool(row.recipients),
        people=plan.people + len(row.recipients),
        position=row.end,
        complete=row.last,
    )


@dataclass(frozen=True)
class Result:
    """An outcome, and for all but `SENT` the reason."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class Batch:
    """A state row. Recipients are identified by their position in the plan row.

    `seen` are those with a Send event, `refused` those that SES gave up after accepting them (with the reason): both
    recorded while the batch is not done. `doubts` counts how often a claim ended without a record, `tries` the calls
    that ended in a transient failure. `tracked` are those who were sent an email whose opens and clicks are known.
    """

    number: int
    outcomes: str
    state: State = State.OPEN
    claim: str = ""
    claimed_at: str = ""
    reasons: Mapping[int, str] = field(default_factory=dict)
    seen: frozenset[int] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)
    doubts: int = 0
    tries: int = 0
    tracked: frozenset[int] = frozenset()
    revision: int = 0

    @classmethod
    def untouched(cls, planned: PlannedBatch) -> "Batch":
        """The state of a batch that was only planned."""
        return cls(number=planned.number, outcomes=Outcome.PENDING * len(planned.recipients))

    @property
    def pending(self) -> list[int]:
        """Positions without an outcome."""
        return [position for position, letter in enumerate(self.outcomes) if letter == Outcome.PENDING]

    def held_for(self, now: datetime, grace: timedelta) -> float:
        """Seconds for which a worker may still be working on this batch; 0 if nobody is."""
        if self.state is not State.CLAIMED:
            return 0.0
        return max(0.0, (from_iso(self.claimed_at) + grace - now).total_seconds())

    def claimed(self, claim: str, at: str) -> "Batch":
        """Taken by a worker. A claim that replaces another one is one more doubt."""
        doubts = self.doubts + (self.state is State.CLAIMED)
        return replace(self, state=State.CLAIMED, claim=claim, claimed_at=at, doubts=doubts)

    def with_results(self, results: Mapping[int, Result]) -> "Batch":
        """With these outcomes, where none is known yet; a response from SES also replaces `UNKNOWN`."""
        outcomes = list(self.outcomes)
        reasons = dict(self.reasons)
        for position, result in results.items():
            known = outcomes[position]
            if known == Outcome.PENDING or (known == Outcome.UNKNOWN and result.outcome is Outcome.SENT):
                outcomes[position] = result.outcome.value
                reasons.pop(position, None)
                if result.reason:
                    reasons[position] = result.reason[:MAX_REASON]
        return replace(self, outcomes="".join(outcomes), reasons=reasons)

    def with_events(self, seen: Mapping[int, bool], refused: Mapping[int, str]) -> "Batch":
        """With what SES's events say: recorded while the batch is not done, and applied when it is. `seen` are those
        with a Send event, and whether their email is tracked."""
        positions = range(len(self.outcomes))
        noted = replace(
            self,
            seen=self.seen | (seen.keys() & frozenset(positions)),
            tracked=self.tracked | {at for at, tracked in seen.items() if tracked and at in positions},
            refused={**self.refused, **{at: why for at, why in refused.items() if at in positions}},
        )
        if self.state is not State.DONE:
            return noted
        settled = noted.settled()
        return replace(settled, seen=self.seen)

    def settled(self) -> "Batch":
        """With the recorded events applied: `seen` were sent, and what was `refused` failed in the end."""
        sent = self.with_results({position: Result(Outcome.SENT) for position in self.seen})
        outcomes = list(sent.outcomes)
        reasons = dict(sent.reasons)
        for position, reason in self.refused.items():
            if outcomes[position] != Outcome.SKIPPED:
                outcomes[position] = Outcome.FAILED.value
                reasons[position] = reason[:MAX_REASON]
        return replace(sent, outcomes="".join(outcomes), reasons=reasons, refused={})

    def released(self) -> "Batch":
        """Released by its worker: done if no outcome is pending, otherwise open for another turn."""
        settled = self.settled()
        state = State.OPEN if settled.pending else State.DONE
        return replace(settled, state=state, claim="", claimed_at="")

    @property
    def known_readers(self) -> int:
        """How many were sent an email whose opens and clicks are known."""
        return sum(self.outcomes[position] == Outcome.SENT for position in self.tracked)

    def counts(self) -> Counter[Outcome]:
        """Recipients by outcome."""
        return Counter(Outcome(letter) for letter in self.outcomes)


def changes(before: Batch, after: Batch) -> dict[str, int]:
    """How a campaign's tally changes with this change of one batch: changes of `sent`, ..., `tracked`, `batches`."""
    old, new = before.counts(), after.counts()
    difference = {
        outcome.name.lower(): new[outcome] - old[outcome] for outcome in Outcome if outcome is not Outcome.PENDING
    }
    difference["tracked"] = after.known_readers - before.known_readers
    difference["batches"] = (after.state is State.DONE) - (before.state is State.DONE)
    return {name: amount for name, amount in difference.items() if amount}
