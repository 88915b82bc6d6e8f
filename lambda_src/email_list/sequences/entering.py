"""Entering and leaving: what a change of a person means for the sequences.

Changes come from the stream of the subscribers table, at least once and in order for each person. Entering is one
conditional write for each person and sequence, so that nobody enters twice; before it, the runner's alarm is set, so
that nobody waits unseen.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo

from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.people.changes import PersonChange
from email_list.people.subscribers import Record, Status
from email_list.sequences.places import ERASED, Group, Place, PlaceStore
from email_list.sequences.sequence import On, Sequence, Trigger, Version
from email_list.sequences.sequence import Status as Running
from email_list.sequences.store import Alarm, RunnerStarter, SequenceStore
from email_list.sequences.timing import due

OPEN = (Running.ACTIVE, Running.PAUSED)
"""Statuses in which people enter: anyone who joins during a pause is not to miss their series for it."""

INDEX_LAGS = timedelta(seconds=2)
"""What the index of due places may be late, generously: a runner that is started at once might not see them yet."""


class Entrance:
    """Lets people in and out. `zone` is the list's."""

    def __init__(
        self,
        store: SequenceStore,
        places: PlaceStore,
        alarm: Alarm,
        starter: RunnerStarter,
        zone: tzinfo,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._places = places
        self._alarm = alarm
        self._starter = starter
        self._zone = zone
        self._clock = clock

    def take(self, changes: Iterable[PersonChange]) -> None:
        """Let in and out whom these changes concern. After an error, all of them may come again."""
        telling = [change for change in changes if _leaves(change) or occasions(change)]
        if not telling:
            return
        sequences = [sequence for sequence in self._store.everything() if sequence.status in OPEN]
        if not sequences:
            return
        for sequence in sequences:
            self._let_in(sequence, telling)
        for change in filter(_leaves, telling):
            self._let_out(change)

    def _let_in(self, sequence: Sequence, changes: Iterable[PersonChange]) -> None:
        now = self._clock()
        entrants: dict[str, PersonChange] = {}
        for change in changes:
            if sequence.trigger in occasions(change) and change.after and sequence.admits(change.after, now):
                entrants.setdefault(change.email, change)
        version = self._store.version(sequence.id, sequence.version) if entrants else None
        if version is None:
            return
        places = [entered(sequence.id, version, change, self._zone) for change in entrants.values()]
        self._wake(sequence.id, {from_iso(place.at) for place in places}, now)
        self._places.enter(places)
        if any(from_iso(place.at) <= now for place in places):
            self._starter.start(sequence.id)

    def _wake(self, sequence_id: str, moments: Iterable[datetime], now: datetime) -> None:
        for moment in sorted({max(moment, now + INDEX_LAGS) for moment in moments}):
            self._alarm.set(sequence_id, moment)

    def _let_out(self, change: PersonChange) -> None:
        inside = [place for place in self._places.of(change.email) if place.group is Group.INSIDE]
        why = change.after.status.value if change.after else ERASED
        self._places.move([(place, place.over(Group.LEFT, change.at, why)) for place in inside])
        if change.after is None:
            for place in self._places.of(change.email):
                # What somebody was sent leads to their traces, which the erasure looks for (`memory.forget`).
                if not place.sent:
                    self._places.remove(place)


def entered(sequence_id: str, version: Version, change: PersonChange, zone: tzinfo) -> Place:
    """The place of somebody who enters by a change."""
    first = version.steps[0]
    at = iso(due(first.wait, change.at, zone))
    return Place(change.email, sequence_id, version.number, 0, first.line, at, change.at)


def occasions(change: PersonChange) -> list[Trigger]:
    """The triggers that a change fires."""
    before, after = change.before, change.after
    if after is None or after.status is not Status.ACTIVE:
        return []
    was_active = before is not None and before.status is Status.ACTIVE
    known = set(before.topics) if before and was_active else set()
    chosen = [Trigger(On.TOPIC, topic) for topic in after.topics if topic not in known]
    return chosen if was_active else [Trigger(On.ADDED if _was_added(after) else On.CONFIRMED), *chosen]


def _was_added(person: Record) -> bool:
    """Whether somebody else put them on the list: an administrator, or an import."""
    last: Mapping[str, object] = person.history[-1] if person.history else {}
    return last.get("what") in ("imported", "reactivated") or (last.get("what") == "subscribed" and person.vouched_for)


def _leaves(change: PersonChange) -> bool:
    before, after = change.before, change.after
    was_active = before is not None and before.status is Status.ACTIVE
    return was_active and (after is None or after.status is not Status.ACTIVE)
