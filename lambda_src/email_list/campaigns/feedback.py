"""Feedback: what came back about each recipient of a campaign after SES accepted the email.

Every batch of the ledger gets a *feedback row* beside its plan row and its state row: for each kind of feedback a set
of marks, one bit per recipient. A mark stays once it is made, and making it again changes nothing, so events may arrive
in any order and any number of times. The sums over all rows change by what changes in a row, in the same transaction.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Protocol

from contract import MAX_DESTINATIONS
from email_list.campaigns import engagement

MAX_READS = 20
"""Opens, and likewise clicks, that are counted per recipient and campaign: the earliest, so that a row stays small
however often an email in a shared mailbox is opened, and ends up the same whatever order they arrive in."""

READ = 8
"""Bytes stored per open or click: the reader's position, the email's age in hours, and a digest of the occasion."""

_MAX_AGE = 2**16 - 1
_DIGEST = READ - 3


class Mark(StrEnum):
    """One kind of feedback. The value is its name in rows, in sums, and in the API."""

    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"
    """Permanently: the address does not exist, or accepts no email."""
    SOFT_BOUNCED = "soft_bounced"
    """Temporarily, or for an unknown reason. SES also reports an out-of-office reply like this."""
    SUPPRESSED = "suppressed"
    """SES did not try: the address is on a suppression list, or SES's validation expects it to bounce."""
    COMPLAINED = "complained"
    REJECTED = "rejected"
    RENDERING_FAILED = "rendering_failed"
    OPENED = "opened"
    MACHINE_OPENED = "machine_opened"
    CLICKED = "clicked"
    MACHINE_CLICKED = "machine_clicked"
    UNSUBSCRIBED = "unsubscribed"
    UNCLASSIFIED = "unclassified"
    """A bounce or complaint of an unknown type (`email_list.events.meanings`)."""


@dataclass(frozen=True)
class Note:
    """One piece of feedback about one recipient, identified by position.

    `occasion` tells one open or click from another, `age` is how many hours the email was sent before it, `link`
    which of the letter's links it was.
    """

    position: int
    mark: Mark
    reason: str = ""
    occasion: str = ""
    age: int = 0
    link: str = ""

    def __post_init__(self) -> None:
        assert 0 <= self.position < MAX_DESTINATIONS


def _read(note: Note) -> bytes:
    """What is stored of an open or click. Those of one reader sort by age."""
    age = max(0, min(note.age, _MAX_AGE)).to_bytes(2, "big")
    return bytes([note.position]) + age + hashlib.blake2b(note.occasion.encode(), digest_size=_DIGEST).digest()


def _ages(reads: Iterable[bytes], position: int) -> list[int]:
    return sorted(int.from_bytes(read[1:3], "big") for read in reads if read[0] == position)


def _first_ages(reads: Iterable[bytes]) -> Counter[int]:
    """Readers by the email's age in hours at the first of their opens or clicks."""
    first: dict[int, bytes] = {}
    for read in reads:
        position, age = read[0], read[1:3]
        if position not in first or age < first[position]:
            first[position] = age
    return Counter(int.from_bytes(age, "big") for age in first.values())


@dataclass(frozen=True)
class Row:
    """The feedback row of one batch. `marks` are bit masks over positions; `revision` 0 is a row that is not stored.

    `opens` and `clicks` have one entry for each, except those by machines; `reasons` say why an email bounced; `links`
    are bit masks as well, of who clicked which (`clicks.name_of`).
    """

    marks: Mapping[Mark, int] = field(default_factory=dict)
    opens: frozenset[bytes] = frozenset()
    clicks: frozenset[bytes] = frozenset()
    reasons: Mapping[int, str] = field(default_factory=dict)
    revision: int = 0
    links: Mapping[str, int] = field(default_factory=dict)

    def has(self, position: int, mark: Mark) -> bool:
        return bool(self.marks.get(mark, 0) >> position & 1)

    def marks_of(self, position: int) -> list[Mark]:
        """What came back about one recipient."""
        return [mark for mark in Mark if self.has(position, mark)]

    def opened_after(self, position: int) -> list[int]:
        """How many hours after it was sent one recipient opened the email, for each time."""
        return _ages(self.opens, position)

    def clicked_after(self, position: int) -> list[int]:
        """The same for clicks."""
        return _ages(self.clicks, position)

    def with_notes(self, notes: Iterable[Note]) -> "Row":
        """With these notes added; the same row if all of them were there."""
        marks, reasons = dict(self.marks), dict(self.reasons)
        opens, clicks, links = set(self.opens), set(self.clicks), dict(self.links)
        for note in notes:
            marks[note.mark] = marks.get(note.mark, 0) | 1 << note.position
            if note.reason and (note.mark is Mark.BOUNCED or note.position not in reasons):
                reasons[note.position] = note.reason
            if note.mark is Mark.OPENED:
                _add(opens, note)
            elif note.mark is Mark.CLICKED:
                _add(clicks, note)
                if note.link:
                    links[note.link] = links.get(note.link, 0) | 1 << note.position
        return replace(
            self, marks=marks, reasons=reasons, opens=frozenset(opens), clicks=frozenset(clicks), links=links
        )

    def counts(self) -> Counter[str]:
        """What the row adds to its campaign's sums: recipients by mark, how many opens and clicks there were, and
        readers by when they first did either (`email_list.campaigns.engagement`)."""
        counts = Counter({mark.value: bits.bit_count() for mark, bits in self.marks.items()})
        counts.update({link_sum(link): bits.bit_count() for link, bits in self.links.items()})
        for mark, total, reads in (
            (Mark.OPENED, "opens_total", self.opens),
            (Mark.CLICKED, "clicks_total", self.clicks),
        ):
            counts[total] = len(reads)
            for age, readers in _first_ages(reads).items():
                counts[engagement.sum_name(mark.value, age)] += readers
        return +counts


def _add(reads: set[bytes], note: Note) -> None:
    reads.add(_read(note))
    of_reader = sorted(read for read in reads if read[0] == note.position)
    reads.difference_update(of_reader[MAX_READS:])


def link_sum(link: str) -> str:
    """The sum of a campaign of the readers who clicked a link; a short name, as sums are written with each click."""
    return f"l{link}"


def changes(before: Row, after: Row) -> Counter[str]:
    """How a campaign's sums change with this change of a row. A reader's first open may turn out to have been earlier,
    so a sum for a time may fall."""
    difference = after.counts()
    difference.subtract(before.counts())
    return Counter({name: amount for name, amount in difference.items() if amount})


@dataclass(frozen=True)
class Results:
    """The sums of a campaign's feedback: recipients, except for the totals. Opens and clicks by machines, as far as
    they are known, are in neither `opened` and `clicked` nor the totals."""

    delivered: int = 0
    delayed: int = 0
    bounced: int = 0
    soft_bounced: int = 0
    suppressed: int = 0
    complained: int = 0
    rejected: int = 0
    rendering_failed: int = 0
    opened: int = 0
    machine_opened: int = 0
    opens_total: int = 0
    clicked: int = 0
    machine_clicked: int = 0
    clicks_total: int = 0
    unsubscribed: int = 0
    unclassified: int = 0

    @classmethod
    def of(cls, counts: Iterable[Mapping[str, Any]]) -> "Results":
        """The sum of partial sums, which may lack those that are zero and contain other things as well."""
        parts: Sequence[Mapping[str, Any]] = list(counts)
        return cls(**{name.name: sum(int(part.get(name.name, 0)) for part in parts) for name in fields(cls)})


Change = tuple[int, Row, Row]
"""The number of a batch, and its feedback row before and after."""


class FeedbackStore(Protocol):
    """Feedback rows and their sums (`email_list.aws.feedback_table`, or a fake in tests)."""

    def rows(self, campaign_id: str, numbers: Collection[int]) -> Mapping[int, Row]:
        """The rows of these batches, read consistently; an empty one if nothing has come back yet."""
        ...

    def rows_between(self, campaign_id: str, first: int, last: int) -> Mapping[int, Row]:
        """The rows of the batches with these numbers, as far as anything has come back."""
        ...

    def save(self, campaign_id: str, changed: Sequence[Change]) -> bool:
        """Replace rows that still have the revision they were read with, and add the differences to the sums.

        All or nothing; False if one of them has changed meanwhile.
        """
        ...

    def sums(self, campaign_id: str) -> Counter[str]:
        """The sums of what all rows of a campaign add to them (`Row.counts`)."""
        ...
