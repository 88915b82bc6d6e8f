"""The recount, which checks the counters and corrects those that are wrong.

It reads the whole table while people come and go and changes continue to be counted. It opens a *run*, in which every
counted change is also recorded; reads everybody; waits until the changes that it may have read are counted too; and
stops the counting for a moment. For people without such a record, no change was counted meanwhile and none is pending,
so they were read as they are counted. People with records are counted as the last one says. The sum is what the
counters must be.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from email_list.campaigns.campaign import Campaign
from email_list.campaigns.ledger import LEDGER_KEPT
from email_list.clock import Clock, from_iso, utc_now
from email_list.errors import ConflictError
from email_list.figures.counting import Note, alias
from email_list.figures.growth import DAYS, GONE, TOPICS, TOTALS, CounterName, standing
from email_list.people.subscribers import Record

SETTLING_SECONDS = 60.0
"""How long it takes at most until a change is counted, as long as nothing fails."""

logger = logging.getLogger(__name__)


class Counters(Protocol):
    """Where counters are kept (`email_list.aws.counter_table`)."""

    def open_run(self) -> str:
        """Begin to record changes; ConflictError if another recount does so already."""
        ...

    def stop_counting(self, run: str) -> None:
        """Refuse changes until `end_run`; LookupError if the run is no longer this one's."""
        ...

    def notes(self, run: str) -> Iterable[Note]:
        """The changes recorded in a run, in any order."""
        ...

    def read(self, book: str) -> Mapping[str, int]:
        """All counters whose names begin with `book`, by the second part of the name."""
        ...

    def correct(self, run: str, amounts: Mapping[CounterName, int]) -> None:
        """Set counters, while counting is stopped for this run."""
        ...

    def end_run(self, run: str) -> None: ...


@dataclass(frozen=True)
class Correction:
    """A counter that was wrong."""

    counter: CounterName
    counted: int
    right: int


class Recount:
    """Compares every counter with the table, and corrects those that differ."""

    def __init__(
        self,
        counters: Counters,
        everyone: Callable[[], Iterable[Record]],
        settling: float = SETTLING_SECONDS,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._counters = counters
        self._everyone = everyone
        self._settling = settling
        self._wait = wait

    def run(self) -> list[Correction]:
        """What had to be corrected. Counting continues meanwhile, except for some seconds at the end."""
        run = self._counters.open_run()
        try:
            seen = self._look_at_everyone()
            self._wait(self._settling)
            self._counters.stop_counting(run)
            for note in sorted(self._counters.notes(run), key=lambda note: note.order):
                seen[note.person] = tuple(note.counters)
            corrections = self._compare(seen)
            self._counters.correct(run, {found.counter: found.right for found in corrections})
        finally:
            self._counters.end_run(run)
        logger.info("recounted", extra={"people": len(seen), "corrections": len(corrections)})
        return corrections

    def _look_at_everyone(self) -> dict[str, tuple[CounterName, ...]]:
        # Many people add the same, so their counters are kept once: a million people fit into some 200 MB.
        alike: dict[tuple[CounterName, ...], tuple[CounterName, ...]] = {}
        seen: dict[str, tuple[CounterName, ...]] = {}
        for person in self._everyone():
            counters = tuple(sorted(standing(person).counters))
            seen[alias(person.email)] = alike.setdefault(counters, counters)
        return seen

    def _compare(self, seen: Mapping[str, Sequence[CounterName]]) -> list[Correction]:
        right: Counter[CounterName] = Counter()
        for counters in seen.values():
            right.update(counters)
        for name, amount in self._counters.read(GONE).items():
            right[DAYS, name] += amount
        counted = {
            (book, name): amount
            for book in (TOTALS, TOPICS, DAYS)
            for name, amount in self._counters.read(book).items()
        }
        return [
            Correction(name, counted.get(name, 0), right[name])
            for name in sorted({*counted, *right})
            if counted.get(name, 0) != right[name]
        ]


class Campaigns(Protocol):
    """The campaigns there are."""

    def newest_first(self) -> Iterable[Campaign]: ...


class Feedback(Protocol):
    """What came back about each recipient (`email_list.aws.feedback_table`)."""

    def recount(self, campaign_id: str) -> Mapping[str, tuple[int, int]]:
        """Correct a campaign's results: what was counted and what is right, by name. ConflictError if they keep
        changing."""
        ...


class CampaignRecount:
    """Compares the results of campaigns with what came back, for as long as that is kept."""

    def __init__(self, campaigns: Campaigns, feedback: Feedback, clock: Clock = utc_now) -> None:
        self._campaigns = campaigns
        self._feedback = feedback
        self._clock = clock

    def run(self) -> tuple[list[Correction], list[str]]:
        """What had to be corrected, and the campaigns that kept changing."""
        kept_since = self._clock() - LEDGER_KEPT
        corrections: list[Correction] = []
        busy: list[str] = []
        for campaign in self._campaigns.newest_first():
            if from_iso(campaign.created_at) <= kept_since:
                break
            try:
                found = self._feedback.recount(campaign.id)
            except ConflictError:
                busy.append(campaign.id)
                continue
            corrections += [Correction((f"CAMPAIGN#{campaign.id}", name), *amounts) for name, amounts in found.items()]
        return corrections, busy
