"""The desk: what editors do with sequences."""

from collections.abc import Callable, Collection, Mapping
from collections.abc import Sequence as Several
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, TypeVar

from email_list.campaigns import clicks
from email_list.campaigns.campaign import STEP, Campaign, IllegalMoveError, Reason, ReasonCode, is_id, new_id
from email_list.campaigns.campaign import Status as Running
from email_list.campaigns.feedback import Results
from email_list.campaigns.orders import Orders, check_web_links
from email_list.campaigns.store import Move
from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError, EmailListError, NotFoundError
from email_list.mail import writing
from email_list.mail.warnings import Composed
from email_list.sequences import places
from email_list.sequences.places import Group, PlaceStore
from email_list.sequences.sequence import (
    MAX_VERSIONS,
    FrozenStep,
    Sequence,
    Status,
    Step,
    Version,
    Wish,
    new_line,
    read,
)
from email_list.sequences.store import Editions, RunnerStarter, SequenceStore

T = TypeVar("T")

MAX_SEQUENCES = 50
"""Sequences of a list: anyone who joins is looked at for each of them."""

_FEEDBACK = ("delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")


class Feedback(Protocol):
    """What has come back about editions (`email_list.aws.feedback_table`)."""

    def results(self, campaign_id: str) -> Results: ...


@dataclass(frozen=True)
class _New:
    """An edition that is not stored yet."""

    campaign: Campaign
    composed: Composed
    letter: Mapping[str, Any]


class SequenceDesk:
    """Keeps sequences, and switches them on and off. NotFoundError wherever there is none with an id."""

    def __init__(
        self,
        store: SequenceStore,
        places: PlaceStore,
        editions: Editions,
        feedback: Feedback,
        orders: Orders,
        starter: RunnerStarter,
        topics: Collection[str],
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._places = places
        self._editions = editions
        self._feedback = feedback
        self._orders = orders
        self._starter = starter
        self._topics = topics
        self._clock = clock

    # Looking

    def get(self, sequence_id: str) -> Sequence:
        sequence = self._store.get(sequence_id) if is_id(sequence_id) else None
        if sequence is None or sequence.status is Status.DELETED:
            raise NotFoundError("There is no such sequence.")
        return sequence

    def show(self, sequence: Sequence) -> dict[str, Any]:
        """The public shape of a sequence: its steps as they were written, and the figures of each."""
        counters = self._places.counters(sequence.id)
        lines = sequence.current
        return {
            **sequence.to_json(),
            "steps": [step.to_json() for step in self._store.steps(sequence.id)],
            "counts": _counts(counters),
            "results": [self._results(at, line, sequence.lines[line], counters) for at, line in enumerate(lines, 1)],
        }

    def _results(self, step: int, line: str, editions: Several[str], counters: Mapping[str, int]) -> dict[str, Any]:
        tallies = [self._editions.tally(edition) for edition in editions]
        feedback = Results.of([asdict(self._feedback.results(edition)) for edition in editions])
        return {
            "step": step,
            "inside": counters.get(places.inside(line), 0),
            "left": counters.get(places.left(line), 0),
            **{name: sum(getattr(tally, name) for tally in tallies) for name in ("sent", "failed", "unknown")},
            **{name: getattr(feedback, name) for name in _FEEDBACK},
        }

    def page(self, limit: int, cursor: str | None) -> dict[str, Any]:
        """One page of the sequences, the oldest first, each with its counts."""
        page = self._store.page(limit, cursor)
        there = [sequence for sequence in page.sequences if sequence.status is not Status.DELETED]
        shown = [{**each.to_json(), "counts": _counts(self._places.counters(each.id))} for each in there]
        return {"sequences": shown, "cursor": page.cursor}

    def people(self, sequence_id: str, group: Group, limit: int, cursor: str | None) -> dict[str, Any]:
        """One page of the people in a sequence: those inside by when their next step is due, others by when they were
        through or left."""
        page = self._places.page(self.get(sequence_id).id, group, limit, cursor)
        return {"people": [place.to_json() for place in page.places], "cursor": page.cursor}

    # Writing

    def create(self, asked: Mapping[str, Any]) -> Sequence:
        """Save a new sequence, which does nothing until it is activated."""
        wish = self._read(asked)
        if len(self._store.everything()) >= MAX_SEQUENCES:
            message = f"A list has at most {MAX_SEQUENCES} sequences. Delete one that is not needed any more."
            raise ConflictError(message)
        now = self._clock()
        fresh = Sequence(new_id(now), "", Status.DRAFT, wish.trigger, iso(now), iso(now))
        return self._saved(_as_wished(fresh, wish, iso(now)), wish.steps)

    def replace(self, sequence_id: str, asked: Mapping[str, Any]) -> Sequence:
        """Change a sequence. Anyone who is inside keeps the steps they began with; the exit holds for everybody."""
        before, wish = self.get(sequence_id), self._read(asked)
        after = _as_wished(before, wish, iso(self._clock()))
        steps = self._store.steps(before.id)
        if before.version == 0 or wish.steps == steps:
            return self._saved(after, wish.steps)
        return self._freeze(after, steps, wish.steps)

    def activate(self, sequence_id: str) -> Sequence:
        """Let people in, and send what is due. InvalidError says what is wrong with which letter."""
        sequence = self.get(sequence_id)
        if sequence.status is Status.ACTIVE:
            return sequence
        started = replace(sequence, status=Status.ACTIVE, reason=None, updated_at=iso(self._clock()))
        if sequence.version == 0:
            started = self._freeze(started, (), self._store.steps(sequence.id))
        else:
            self._wake(sequence)
            started = self._saved(started)
        self._starter.start(started.id)
        return started

    def _wake(self, sequence: Sequence) -> None:
        """Let those of its letters go on that were stopped."""
        for edition in sequence.editions:
            self._editions.move(edition, {Running.PAUSED}, Move(Running.SENDING, iso(self._clock())))

    def pause(self, sequence_id: str) -> Sequence:
        """Send nothing more until it is activated again. Everybody keeps their place, and people go on entering."""
        sequence = self.get(sequence_id)
        if sequence.status is Status.DRAFT:
            raise _illegal("The sequence was never active, so there is nothing to pause.", sequence)
        if sequence.status is Status.PAUSED:
            return sequence
        reason = Reason(ReasonCode.REQUESTED, "An administrator paused the sequence.")
        return self._saved(replace(sequence, status=Status.PAUSED, reason=reason, updated_at=iso(self._clock())))

    def delete(self, sequence_id: str) -> None:
        """Give up a sequence with all of its places and figures."""
        sequence = self.get(sequence_id)
        if sequence.status is Status.ACTIVE:
            raise _illegal("The sequence is active. Pause it, then delete it.", sequence)
        self._saved(replace(sequence, status=Status.DELETED, updated_at=iso(self._clock())))
        self._starter.start(sequence.id)

    def _read(self, asked: Mapping[str, Any]) -> Wish:
        wish = read(asked, self._topics)
        for at, step in enumerate(wish.steps):
            _placed(at, lambda step=step: writing.checked_source(step.letter))
        return wish

    def _saved(
        self, sequence: Sequence, steps: tuple[Step, ...] | None = None, version: Version | None = None
    ) -> Sequence:
        saved = self._store.save(sequence, steps, version)
        if saved is None:
            raise ConflictError("Someone else has changed the sequence at this moment. Nothing was saved: try again.")
        return saved

    # Versions

    def _freeze(self, sequence: Sequence, before: tuple[Step, ...], after: tuple[Step, ...]) -> Sequence:
        """Make the next version out of these steps, with editions of those letters that are new."""
        if sequence.version >= MAX_VERSIONS:
            message = f"The steps have changed {MAX_VERSIONS} times. Make a new sequence of them."
            raise ConflictError(message)
        old = self._store.version(sequence.id, sequence.version) if before else None
        known = old.steps if old else ()
        frozen, made = [], []
        for at, (step, continued) in enumerate(zip(after, continued_steps(before, after), strict=True)):
            line = known[continued].line if continued is not None else new_line()
            if continued is not None and before[continued].letter == step.letter:
                edition = known[continued].edition
            else:
                made.append(self._new_edition(sequence, at, step))
                edition = made[-1].campaign.id
            frozen.append(FrozenStep(step.wait, edition, line))
        version = Version(sequence.version + 1, tuple(frozen))
        lines = {line: list(editions) for line, editions in sequence.lines.items()}
        for step in frozen:
            editions = lines.setdefault(step.line, [])
            if step.edition not in editions:
                editions.append(step.edition)
        current = tuple(step.line for step in frozen)
        kept = {line: tuple(editions) for line, editions in lines.items()}
        try:
            for new in made:
                self._keep(new)
            return self._saved(replace(sequence, version=version.number, lines=kept, current=current), after, version)
        except EmailListError:
            for new in made:
                self._orders.discard(new.campaign)
                self._editions.forget(new.campaign.id)
            raise

    def _new_edition(self, sequence: Sequence, at: int, step: Step) -> _New:
        """A letter as SES is to send it. InvalidError names the step whose letter cannot be sent."""
        composed = _placed(at, lambda: self._orders.read_letter(step.letter))
        _placed(at, lambda: check_web_links(composed, public=False))
        now = self._clock()
        campaign = Campaign(
            id=STEP + new_id(now)[len(STEP) :],
            status=Running.SENDING,
            subject=composed.subject,
            created_at=iso(now),
            updated_at=iso(now),
            variables=composed.content.variables,
            defaults=composed.content.defaults,
            sequence=sequence.id,
        )
        return _New(campaign, composed, step.letter)

    def _keep(self, new: _New) -> None:
        self._orders.keep(new.campaign, new.composed)
        self._editions.keep_letter(new.campaign.id, new.letter, clicks.links_of(new.composed.content.html))
        self._editions.create(new.campaign)


def continued_steps(before: tuple[Step, ...], after: tuple[Step, ...]) -> list[int | None]:
    """For each of the new steps the old one that it continues: one with the same letter, else the one that stood in
    its place and whose letter is gone; None for a step that was added."""
    found: list[int | None] = [None] * len(after)
    free = list(range(len(before)))
    for at, step in enumerate(after):
        same = next((old for old in free if before[old].letter == step.letter), None)
        if same is not None:
            found[at] = same
            free.remove(same)
    for at in range(len(after)):
        if found[at] is None and at in free:
            found[at] = at
            free.remove(at)
    return found


def _as_wished(sequence: Sequence, wish: Wish, at: str) -> Sequence:
    return replace(
        sequence,
        name=wish.name,
        trigger=wish.trigger,
        filter=wish.filter,
        exit=wish.exit,
        subjects=wish.subjects,
        updated_at=at,
    )


def _counts(counters: Mapping[str, int]) -> dict[str, int]:
    inside = sum(amount for name, amount in counters.items() if name.startswith(places.inside("")))
    return {
        places.ENTERED: counters.get(places.ENTERED, 0),
        Group.INSIDE.value: inside,
        **{name: counters.get(name, 0) for name in (places.FINISHED, places.LEFT)},
    }


def _placed(at: int, check: Callable[[], T]) -> T:
    """What a check of a step's letter returns; its errors say which step it is."""
    try:
        return check()
    except EmailListError as error:
        details = error.details if isinstance(error.details, Mapping) else {}
        field = str(details.get("field") or "letter").removeprefix("letter.")
        place = f"steps[{at}].letter" if field == "letter" else f"steps[{at}].letter.{field}"
        message = f"Step {at + 1}: {error.message}"
        raise type(error)(message, code=error.code, details={**details, "field": place}) from error


def _illegal(message: str, sequence: Sequence) -> IllegalMoveError:
    return IllegalMoveError(message, details={"status": sequence.status.value})
