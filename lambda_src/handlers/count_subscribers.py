"""From the subscribers table's stream: count who joined and who left, and let them into sequences and out of them."""

from collections.abc import Mapping
from typing import Any

from contract import OwnMetric
from email_list.figures.counting import Change, alias
from email_list.figures.growth import DAYS, CountedAs, CounterName, Kind, standing
from email_list.people.changes import PersonChange
from email_list.private_logs import keep_private
from handlers.wiring import changes, counting, entering


@keep_private
def handler(event: dict[str, Any], context: Any) -> None:
    """Take a batch of changes; after an error all of it returns, and nobody is counted or let in again."""
    people = [change for change in changes.of(event) if isinstance(change, PersonChange)]
    counters = counting.counters()
    total = counters.count([as_counted(change, counters.source) for change in people])
    _measure(OwnMetric.JOINED, total, Kind.JOINED)
    _measure(OwnMetric.LEFT, total, Kind.LEFT)
    entering.entrance().take(people)


def as_counted(change: PersonChange, source: CountedAs) -> Change:
    """A change of a person, as the counters need it."""
    return Change(
        id=change.id,
        order=change.order,
        person=alias(change.email),
        before=standing(change.before, source),
        after=standing(change.after, source),
        at=change.at,
    )


def _measure(metric: str, counted: Mapping[CounterName, int], kind: Kind) -> None:
    amount = sum(
        amount for (book, name), amount in counted.items() if book == DAYS and name.split("#")[1] == kind.value
    )
    if amount:
        counting.metrics().count(metric, amount)
