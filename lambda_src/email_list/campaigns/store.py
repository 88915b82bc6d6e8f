"""What the campaign engine needs from its store (`email_list.aws.campaign_table`, or a fake in tests)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from email_list.campaigns.campaign import Campaign, Gate, Plan, Reason, Status, Tally
from email_list.campaigns.ledger import Batch, PlannedBatch


@dataclass(frozen=True)
class Move:
    """A change of status. Reason and `resume_at` are replaced, and removed if the move has none.

    With `edits`, it happens only if the campaign has been edited just so often.
    """

    to: Status
    at: str
    reason: Reason | None = None
    resume_at: str | None = None
    edits: int | None = None


class CampaignStore(Protocol):
    """Campaigns and their ledgers. Every read is consistent; every write is atomic and may be repeated."""

    def expect(self, campaign_id: str) -> None:
        """Have the sweeper look after a campaign that is about to be created."""
        ...

    def create(self, campaign: Campaign) -> bool:
        """Store a new campaign; False if the id exists already."""
        ...

    def get(self, campaign_id: str) -> Campaign | None: ...

    def keep_letter(self, campaign_id: str, letter: Mapping[str, Any], links: Sequence[str] = ()) -> Mapping[str, Any]:
        """Keep the source and the links of a new campaign's letter, unless they are kept already; returns the source
        that is kept."""
        ...

    def letter(self, campaign: Campaign) -> Mapping[str, Any] | None:
        """The source of a campaign's current letter; None if it was not kept."""
        ...

    def links(self, campaign_id: str) -> Sequence[str]:
        """The links of a campaign's current letter (`clicks.links_of`)."""
        ...

    def edit(
        self, before: Campaign, after: Campaign, letter: Mapping[str, Any] | None, links: Sequence[str] = ()
    ) -> Campaign | None:
        """Change what editors may change of a campaign that has not begun and was not edited since `before`; returns
        the campaign afterwards, or None. With another edition comes its letter, with its links."""
        ...

    def archive(self, campaign_id: str, archived: bool) -> Campaign | None:
        """Take a campaign that is over out of the list, or put it back; None when it is not over."""
        ...

    def publish(self, campaign: Campaign, public: bool) -> Campaign | None:
        """Say whether everybody may read a campaign, with its title and summary; None when its letter has changed."""
        ...

    def newest(self, limit: int, before: str | None) -> Sequence[Campaign]:
        """Campaigns with a smaller id than `before`, newest first."""
        ...

    def unfinished(self) -> Sequence[str]:
        """Ids of the campaigns to look after: all that are not in a final state, and perhaps some that are."""
        ...

    def forget_unfinished(self, campaign_id: str) -> None:
        """The campaign needs no more looking after."""
        ...

    def swept_to(self, campaign_id: str) -> int:
        """The row with which the sweeper continues; the first, unless it ran out of time."""
        ...

    def note_swept(self, campaign_id: str, row: int) -> None:
        """The sweeper continues with this row next time."""
        ...

    def key(self, key: str) -> tuple[str, str] | None:
        """The campaign's id and the fingerprint that an idempotency key is tied to."""
        ...

    def remember_key(self, key: str, campaign_id: str, fingerprint: str) -> tuple[str, str]:
        """Tie an idempotency key to a campaign, unless it is tied already; returns the id and fingerprint it is tied
        to."""
        ...

    def move(self, campaign_id: str, sources: Iterable[Status], move: Move) -> Campaign | None:
        """Change the status of a campaign that has one of `sources`; returns the campaign afterwards, or None.

        A move to a final status also sets `finished_at`.
        """
        ...

    def freeze(self, campaign_id: str, cutoff: str, batch_size: int) -> Campaign:
        """Fix a campaign's audience and batch size, unless they are fixed already; returns the campaign afterwards.

        The cut-off is also the moment the campaign started.
        """
        ...

    def planned(self, campaign_id: str, plan: Plan, at: str) -> Campaign:
        """Record how far the plan has come, unless it is already further; returns the campaign afterwards."""
        ...

    def open_gate(self, campaign_id: str, gate: Gate) -> Campaign:
        """Let a campaign be sent up to here; returns the campaign afterwards."""
        ...

    def add_plan_rows(self, campaign_id: str, rows: Sequence[PlannedBatch]) -> Sequence[PlannedBatch]:
        """Write consecutive plan rows, each unless it exists already; returns the rows that exist afterwards.

        Nothing is written after a row that exists and differs: the answer then ends with that row.
        """
        ...

    def plan_rows(self, campaign_id: str, first: int, last: int) -> Sequence[PlannedBatch]:
        """The plan rows with these numbers, in order."""
        ...

    def batch(self, campaign_id: str, number: int) -> Batch | None:
        """A state row; None for a batch that no worker has touched."""
        ...

    def batches(self, campaign_id: str, numbers: Iterable[int]) -> Mapping[int, Batch]:
        """The state rows with these numbers; those that no worker has touched are missing."""
        ...

    def work(self, campaign_id: str, number: int) -> tuple[Campaign | None, PlannedBatch | None, Batch | None]:
        """A campaign, a plan row and a state row in one read."""
        ...

    def save(
        self, campaign_id: str, before: Batch, after: Batch, at: str, *, accepted_at: str | None = None
    ) -> Batch | None:
        """Replace a state row that still has the revision of `before`, and count the difference, in one transaction.

        `accepted_at` goes into the tally, if it is given. Returns the row with its new revision, or None if it has
        changed meanwhile.
        """
        ...

    def tally(self, campaign_id: str) -> Tally: ...

    def note_events(self, campaign_id: str, until: str) -> None:
        """Send events of emails accepted up to this moment have arrived."""
        ...

    def events_noted_until(self, campaign_id: str) -> str | None: ...


class WorkQueue(Protocol):
    """The queue of batches to send."""

    def put(self, campaign_id: str, numbers: Sequence[int]) -> None:
        """Queue batches."""
        ...

    def put_later(self, campaign_id: str, number: int, seconds: float) -> None:
        """Queue one batch that is to be looked at after some time (at most 15 minutes)."""
        ...

    def is_idle(self) -> bool:
        """Whether, as far as SQS knows, no message is waiting, delayed or being processed."""
        ...
