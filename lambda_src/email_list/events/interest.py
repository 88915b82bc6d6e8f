"""Interest: the last days on which people opened or clicked, recorded with the person for filters to ask about.

Only a day each, and so at most one write per kind, person and day, however often somebody opens: a mark for each email
would be a write each, and grow. Which campaign it was is in its own feedback rows. Machines are not counted. All of it
may be done again, in any order.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from email_list.events.mail_events import Event, Kind

KINDS: Mapping[Kind, str] = {Kind.OPEN: "opened_on", Kind.CLICK: "clicked_on"}
"""Which day of a `Subscriber` an event of a kind moves."""


class People(Protocol):
    """The part of the subscriber store that this needs (`email_list.aws.cleaning_table`)."""

    def interest(self, emails: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The days of those of these people who are on the list, as far as they are known, and `tracked` for those who
        agreed to that."""
        ...

    def interested(self, email: str, days: Mapping[str, str]) -> None:
        """Move days forward."""
        ...


def note(events: Sequence[Event], people: People, *, asked: bool) -> None:
    """Record the days of opens and clicks, if they are later than those already known; if people are `asked`, only of
    those who agree: an old email still reports on somebody who no longer does."""
    latest: dict[str, dict[str, str]] = defaultdict(dict)
    for event in events:
        attribute = KINDS.get(event.kind)
        if attribute is not None and not event.machine:
            for email in event.people:
                latest[email][attribute] = max(event.at[:10], latest[email].get(attribute, ""))
    if not latest:
        return
    for email, known in people.interest(list(latest)).items():
        if asked and not known.get("tracked"):
            continue
        later = {attribute: day for attribute, day in latest[email].items() if day > known.get(attribute, "")}
        if later:
            people.interested(email, later)
