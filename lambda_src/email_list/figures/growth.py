"""Growth: what each person adds to the list's counters, computed from what is stored about them.

A person has one status and a few *facts*: they asked for a confirmation, they joined, they left, each at a moment that
no other fact of theirs shares. The counters of the days follow two rules:

- a fact that appears in a person's item is counted in its day, once and permanently;
- a fact that disappears from it (they came back, asked again, were erased) is counted as *gone* as well.

So at any time `days = facts in the table + gone`, which is how a recount can check and correct the days although the
table forgets. And since joining and leaving alternate, `active people = joined - left`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from email_list.people import sources
from email_list.people.subscribers import JOINING, UNSUBSCRIBE_REASONS, Record, Status

DAYS = "GROWTH"
"""Counters of facts by day: the second part of their name is `<day>#<kind>#<source or reason>`."""

GONE = "GONE"
"""Counters of facts that the table no longer contains, named like those of `DAYS`."""

TOTALS = "TOTALS"
"""Counters of people: the second part of their name is a status."""

TOPICS = "TOPICS"
"""Counters of active people: the second part of their name is a topic that they have chosen."""

CounterName = tuple[str, str]

ERASED = "erased"

_LEAVING = {Status.UNSUBSCRIBED.value, Status.BOUNCED.value, Status.COMPLAINED.value}
"""What a person's history calls leaving."""


class Kind(StrEnum):
    """What a fact says: of `REQUESTED` and `JOINED` the key is a source, of `LEFT` a reason.

    Anyone can ask in anybody's name, so that only the product's own words are told apart in `REQUESTED`.
    """

    REQUESTED = "requested"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True)
class Fact:
    """One thing that happened to a person, at an ISO 8601 moment in UTC."""

    at: str
    kind: Kind
    key: str

    @property
    def name(self) -> str:
        """The second part of the name of its counter."""
        return f"{self.at[:10]}#{self.kind.value}#{self.key}"


@dataclass(frozen=True)
class Standing:
    """What one person adds to the counters. Nobody has no status and no facts; only active people have topics."""

    status: str | None = None
    facts: frozenset[Fact] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def counters(self) -> list[CounterName]:
        """The counters in which this person is included."""
        total = [] if self.status is None else [(TOTALS, self.status)]
        return total + [(TOPICS, topic) for topic in self.topics] + [(DAYS, fact.name) for fact in self.facts]


NOBODY = Standing()


CountedAs = Callable[[str], str]
"""What a source of people who joined is counted as: itself or, beyond the number that is told apart, `other`. It stays
the same for ever."""


def standing(person: Record | None, counted_as: CountedAs) -> Standing:
    """How a person stands."""
    if person is None:
        return NOBODY
    joined, left = _membership(person, counted_as)
    facts = frozenset(fact for fact in (*_requests(person), joined, left) if fact)
    topics = frozenset(person.topics if person.status is Status.ACTIVE else ())
    return Standing(person.status.value, facts, topics)


def difference(before: Standing, after: Standing, at: str) -> Counter[CounterName]:
    """How the counters change if a person's item changes or, at the moment `at`, is deleted."""
    changes: Counter[CounterName] = Counter()
    if before.status is not None:
        changes[TOTALS, before.status] -= 1
    if after.status is not None:
        changes[TOTALS, after.status] += 1
    changes.update((TOPICS, topic) for topic in after.topics - before.topics)
    changes.subtract((TOPICS, topic) for topic in before.topics - after.topics)
    appeared, disappeared = after.facts - before.facts, before.facts - after.facts
    if before.status == Status.ACTIVE and after.status is None:
        erased = Fact(at, Kind.LEFT, ERASED)
        appeared, disappeared = appeared | {erased}, disappeared | {erased}
    changes.update((DAYS, fact.name) for fact in appeared)
    changes.update((GONE, fact.name) for fact in disappeared)
    return Counter({name: amount for name, amount in changes.items() if amount})


def source(text: str) -> str:
    """A source as it is counted: all imports are one."""
    return sources.IMPORT if text.startswith(f"{sources.IMPORT}:") else text[: sources.MAX_SOURCE] or sources.UNKNOWN


def _requests(person: Record) -> list[Fact]:
    """Confirmations asked for: the one that the consent rests on, and the last one of somebody who is pending.

    Of people who have left and ask again, nothing is known until they confirm.
    """
    agreed = person.consent.get("requested")
    requests = [agreed] if agreed and "at" in agreed else []
    if person.status is Status.PENDING:
        requests.append({"at": person.subscribed_date, "source": person.source})
    return [Fact(request["at"], Kind.REQUESTED, _own(source(request.get("source", "")))) for request in requests]


def _own(source: str) -> str:
    return source if source in sources.OWN else sources.OTHER


def _membership(person: Record, counted_as: CountedAs) -> tuple[Fact | None, Fact | None]:
    """When and how the person last joined, and, unless they are still there, how that ended.

    The first thing that ended it counts: someone who left and then complained left once.
    """
    status, history = person.status, person.history
    position = max((at for at, event in enumerate(history) if event["what"] in JOINING), default=None)
    if position is not None:
        joining = history[position]
        key = sources.REACTIVATED if joining["what"] == sources.REACTIVATED else counted_as(source(person.source))
        joined = Fact(joining["at"], Kind.JOINED, key)
        since = history[position + 1 :]
    elif status is Status.ACTIVE or (status is not Status.PENDING and not history):
        joined, since = Fact(person.subscribed_date, Kind.JOINED, counted_as(source(person.source))), history
    else:
        return None, None
    return joined, _departure(person, since) if status.value in _LEAVING else None


def _departure(person: Record, since: Sequence[Mapping[str, str]]) -> Fact:
    for event in since:
        if event["what"] in _LEAVING:
            return Fact(event["at"], Kind.LEFT, _reason(event))
    return Fact(person.unsubscribed_date or person.subscribed_date, Kind.LEFT, person.status.value)


def _reason(event: Mapping[str, str]) -> str:
    chosen = event.get("reason", "").partition(":")[0]
    if chosen in UNSUBSCRIBE_REASONS:
        return chosen
    return event["what"] if event.get("by", "subscriber") == "subscriber" else event["by"]
