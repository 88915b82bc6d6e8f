"""What is read of a feed."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_ENTRIES = 200
MAX_TITLE = 200
MAX_TEXT = 600
MAX_ADDRESS = 1000


@dataclass(frozen=True)
class Entry:
    """An entry of a feed, as plain text. `key` is the same whenever it is read, however it is edited; `date` is when it
    was published (ISO 8601, empty if that is not known)."""

    key: str
    title: str
    url: str
    text: str
    image_url: str
    date: str


@dataclass(frozen=True)
class Reading:
    """A feed's title, website and entries."""

    title: str
    link: str
    entries: Sequence[Entry]
