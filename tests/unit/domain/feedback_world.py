"""Feedback on campaigns in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from email_list.campaigns.feedback import Change, Results, Row, changes


class FakeFeedback:
    """A `FeedbackStore` in dictionaries. Every `refuse_every`-th write finds that another writer was faster."""

    def __init__(self, refuse_every: int = 0) -> None:
        self.stored: dict[tuple[str, int], Row] = {}
        self.counted: dict[str, Counter[str]] = {}
        self.saves: list[int] = []
        self.attempts = 0
        self._refuse_every = refuse_every

    def rows(self, campaign_id: str, numbers: Collection[int]) -> Mapping[int, Row]:
        return {number: self.stored.get((campaign_id, number), Row()) for number in numbers}

    def rows_between(self, campaign_id: str, first: int, last: int) -> Mapping[int, Row]:
        return {
            number: row
            for (owner, number), row in sorted(self.stored.items())
            if owner == campaign_id and first <= number <= last
        }

    def save(self, campaign_id: str, changed: Sequence[Change]) -> bool:
        self.attempts += 1
        current = self.rows(campaign_id, [number for number, _, _ in changed])
        if self._refuse_every and self.attempts % self._refuse_every == 0:
            return False
        if any(current[number].revision != before.revision for number, before, _ in changed):
            return False
        self.saves.append(len(changed))
        for number, before, after in changed:
            self.stored[campaign_id, number] = replace(after, revision=before.revision + 1)
            self.counted.setdefault(campaign_id, Counter()).update(changes(before, after))
        return True

    def sums(self, campaign_id: str) -> Counter[str]:
        counted = self.counted.get(campaign_id, Counter())
        return Counter({name: amount for name, amount in counted.items() if amount})

    def results(self, campaign_id: str) -> Results:
        return Results.of([self.sums(campaign_id)])

    def recount(self, campaign_id: str) -> Counter[str]:
        """What the rows say."""
        rows = (row for (owner, _), row in self.stored.items() if owner == campaign_id)
        return sum((row.counts() for row in rows), Counter())
