"""Where feedback rows and their sums are kept: the interface, which is all that most functions need of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from email_list.events.feedback import Row

Change = tuple[int, Row, Row]
"""The number of a batch, and its feedback row as it was read and as it is to be."""


class FeedbackStore(Protocol):
    """Feedback rows and their sums (`email_list.aws.feedback_table`, or a fake in tests)."""

    def rows(self, campaign_id: str, numbers: Collection[int]) -> Mapping[int, Row]:
        """The rows of these batches, read consistently; an empty one where nothing has come back yet."""
        ...

    def rows_between(self, campaign_id: str, first: int, last: int) -> Mapping[int, Row]:
        """The rows of the batches with these numbers, as far as anything has come back."""
        ...

    def save(self, campaign_id: str, changed: Sequence[Change]) -> bool:
        """Replace rows that still have the revision they were read with, and add the differences to the sums.

        All or nothing; False when one of them has changed meanwhile.
        """
        ...

    def sums(self, campaign_id: str) -> Counter[str]:
        """The sums of what all rows of a campaign add to them (`Row.counts`)."""
        ...
