"""What a recount has seen of people, in as few bytes as it can be kept: sixteen for each, and once how they stand.

Many people stand alike, so that a part of them has few different standings.
"""

import json
import struct
from collections import Counter
from collections.abc import Container, Iterable

from email_list.figures.counting import alias
from email_list.figures.growth import CountedAs, CounterName, standing
from email_list.people.subscribers import Record

_ENTRY = struct.Struct("<12sI")
"""Who it is (`alias`), and which of the standings is theirs."""


def packed(people: Iterable[Record], source: CountedAs) -> bytes:
    """What is counted of these people: the standings as JSON, a line break, and an entry for each person."""
    standings: dict[tuple[CounterName, ...], int] = {}
    entries = bytearray()
    for person in people:
        counters = tuple(sorted(standing(person, source).counters))
        entries += _ENTRY.pack(bytes.fromhex(alias(person.email)), standings.setdefault(counters, len(standings)))
    return json.dumps(list(standings), separators=(",", ":")).encode() + b"\n" + entries


def counted(seen: bytes, but: Container[str]) -> Counter[CounterName]:
    """The counters of everybody in `packed` people, but for those who are known otherwise (by their aliases)."""
    head, _, entries = seen.partition(b"\n")
    times = Counter(number for person, number in _ENTRY.iter_unpack(entries) if person.hex() not in but)
    total: Counter[CounterName] = Counter()
    for number, counters in enumerate(json.loads(head)):
        for book, name in counters:
            total[book, name] += times[number]
    return total
