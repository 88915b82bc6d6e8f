"""Sending: one batch of a campaign, from the queue to SES and into the ledger (`ledger.py` explains the reasoning)."""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import Protocol

from contract import OwnMetric
from email_list.campaigns import choosing
from email_list.campaigns.campaign import RUNNING, Campaign, Reason, ReasonCode, Status
from email_list.campaigns.completion import finish_if_complete
from email_list.campaigns.ledger import Batch, Outcome, PlannedBatch, Result, State
from email_list.campaigns.letters import Letter
from email_list.campaigns.pace import Full, Pace
from email_list.campaigns.settlement import Decision, decide
from email_list.campaigns.store import CampaignStore, Move
from email_list.campaigns.warm_up import WarmUp
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.errors import EmailListError
from email_list.metrics import Metrics
from email_list.people import subscribers
from email_list.people.filters import Test
from email_list.people.subscribers import Subscriber
from email_list.private_logs import masked

CALL_WITHIN = timedelta(seconds=5)
"""How soon after its claim a batch is passed to SES, or not at all: a worker that was held up must not send what
another may have taken over."""

UNKNOWN_REASON = "The response from SES was lost, and no event shows whether it accepted the email."

TRANSIENT_TRIES = 8
"""Calls with a transient failure after which its recipients have failed."""

BACK_OFF = 5.0
"""Seconds before a batch with a transient failure is tried again, times the number of its tries."""

UNREACHABLE_PAUSE = 15.0

MAX_SAVES = 10

logger = logging.getLogger(__name__)


class Answer(Enum):
    """What SES said about one recipient."""

    ACCEPTED = "accepted"
    REFUSED = "this recipient is refused permanently"
    THROTTLED = "over the rate"
    CALL_THROTTLED = "the call itself is over a rate, whatever its recipients"
    TRANSIENT = "not sent, and may work later"
    UNREACHABLE = "SES could not be reached"
    DAILY_QUOTA = "beyond the daily quota"
    SUSPENDED = "sending is paused for the account or the configuration set"
    MISCONFIGURED = "refused for a reason that holds for every recipient"
    UNCERTAIN = "the response was lost, or says nothing"


PAUSES: Mapping[Answer, tuple[ReasonCode, str]] = {
    Answer.DAILY_QUOTA: (
        ReasonCode.DAILY_QUOTA,
        "The account's daily sending quota is exhausted. The campaign continues by itself when there is room again.",
    ),
    Answer.SUSPENDED: (
        ReasonCode.SENDING_SUSPENDED,
        "Amazon SES has suspended sending. Check the account dashboard in the SES console, and resume the campaign "
        "when sending is allowed again.",
    ),
    Answer.MISCONFIGURED: (
        ReasonCode.REFUSED_BY_SES,
        "Amazon SES refuses every email of this campaign. Fix the cause and resume the campaign.",
    ),
}
"""The responses that pause the whole campaign."""


@dataclass(frozen=True)
class Reply:
    """SES's response for one recipient, with its words."""

    answer: Answer
    reason: str = ""


@dataclass(frozen=True)
class Tagged:
    """A letter with the tags by which its events find their way back."""

    letter: Letter
    tags: Mapping[str, str]
    tracked: bool = False
    """Whether its opens and clicks are to be known."""


class Mailer(Protocol):
    """The part of SES that sending needs (`email_list.aws.ses_mailer`, or a fake in tests)."""

    def send(self, template: str, letters: Sequence[Tagged], *, one_by_one: bool) -> Sequence[Reply]:
        """Pass letters to SES, in one call or each in its own. Never raises, never repeats a call by itself."""
        ...


class LastLook(Protocol):
    """What may have changed since a batch was planned (`email_list.aws.last_look`, or a fake in tests)."""

    def at(self, campaign_id: str, emails: Sequence[str]) -> tuple[Campaign | None, Mapping[str, Subscriber]]:
        """The campaign, and those of these people who are on the list with any status, read consistently."""
        ...


@dataclass(frozen=True)
class Again:
    """The batch must be looked at once more, in this many seconds."""

    seconds: float


@dataclass(frozen=True)
class _Turn:
    """What happened to the recipients whose turn it was, by position: `spared` were left out, and have an outcome
    without SES; those in neither were not tried. `tracked` are those whose opens and clicks are to be known. So many
    were `held` back by the warm-up."""

    spared: Mapping[int, Result] = field(default_factory=dict)
    replies: Mapping[int, Reply] = field(default_factory=dict)
    tracked: frozenset[int] = frozenset()
    held: int = 0

    @property
    def known_readers(self) -> frozenset[int]:
        """Those who were sent an email whose opens and clicks are known."""
        return frozenset(position for position in self.tracked if self.replies[position].answer is Answer.ACCEPTED)

    def count(self, *answers: Answer) -> int:
        return sum(reply.answer in answers for reply in self.replies.values())

    def results(self, tries: int) -> dict[int, Result]:
        """The outcomes that are final after so many calls have failed for a transient reason."""
        results = dict(self.spared)
        for position, reply in self.replies.items():
            if reply.answer is Answer.ACCEPTED:
                results[position] = Result(Outcome.SENT)
            elif reply.answer is Answer.REFUSED or (reply.answer is Answer.TRANSIENT and tries >= TRANSIENT_TRIES):
                results[position] = Result(Outcome.FAILED, masked(reply.reason))
        return results


class Sender:
    """Sends batches. Any number of senders may work on the same campaign, or on the same batch.

    `tracks` says whose opens and clicks are to be known, `grace` is how long a claim is left alone, `quota_recheck`
    how long a campaign that reached the daily quota rests. A `warm_up` bounds what is sent in a day.
    """

    def __init__(
        self,
        store: CampaignStore,
        look: LastLook,
        write: Callable[[Campaign, Subscriber], Letter],
        tracks: Callable[[Subscriber], bool],
        mailer: Mailer,
        pace: Pace,
        metrics: Metrics,
        grace: timedelta,
        quota_recheck: timedelta,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        warm_up: WarmUp | None = None,
    ) -> None:
        self._store = store
        self._look = look
        self._write = write
        self._tracks = tracks
        self._mailer = mailer
        self._pace = pace
        self._metrics = metrics
        self._grace = grace
        self._quota_recheck = quota_recheck
        self._warm_up = warm_up
        self._clock = clock
        self._sleep = sleep

    def send(self, campaign_id: str, number: int, patience: float) -> Again | None:
        """Send what is pending in a batch. `patience` is how long, in seconds, this may wait for its turn.

        None means that nothing is left to do here: the batch is done, or its campaign is not running, in which case
        resuming it queues the batch again.
        """
        campaign, planned, batch = self._store.work(campaign_id, number)
        if campaign is None or planned is None or campaign.status not in RUNNING:
            return None
        batch = batch or Batch.untouched(planned)
        if batch.state is State.DONE:
            return None
        if held_for := batch.held_for(self._clock(), self._grace):
            return Again(held_for + 1.0)
        if batch.state is State.CLAIMED and batch.settled().pending:
            tally = self._store.tally(campaign_id)
            events_until = self._store.events_noted_until(campaign_id)
            decision = decide(batch, tally, events_until, self._clock())
            if decision is Decision.WAIT:
                return Again(self._grace.total_seconds())
            if decision is Decision.GIVE_UP:
                return self._give_up(campaign_id, batch)
        return self._take_turn(campaign, planned, batch, patience)

    def finish(self, campaign_id: str) -> None:
        """Mark the campaign `sent` if this was all. Call it after the last of the current batches, not after each: it
        takes two reads."""
        finish_if_complete(self._store, campaign_id, self._clock)

    def _give_up(self, campaign_id: str, batch: Batch) -> Again | None:
        settled = batch.settled()
        unknown = {position: Result(Outcome.UNKNOWN, UNKNOWN_REASON) for position in settled.pending}
        if not self._store.save(campaign_id, batch, settled.with_results(unknown).released(), self._now()):
            return Again(1.0)
        logger.error("recipients left unknown", extra={"campaign": campaign_id, "count": len(unknown)})
        return None

    def _take_turn(self, campaign: Campaign, planned: PlannedBatch, batch: Batch, patience: float) -> Again | None:
        """Wait until it is this batch's turn, claim it, send, and record the result."""
        pending = batch.settled().pending
        due = planned.within(campaign.gate, pending) if self._warm_up else pending
        if pending and not due:
            return None
        positions = due[: self._pace.batch_size()]
        if positions:
            slot = self._pace.turn(len(positions), patience)
            if isinstance(slot, Full):
                return Again(slot.retry_in)
            positions = positions[: max(0, len(positions) + int(min(0.0, self._pace.left())))]
            if not positions:
                self._pause(campaign.id, Reply(Answer.DAILY_QUOTA))
                return None
            self._sleep(slot.wait)
        claimed = batch.claimed(secrets.token_hex(8), self._now())
        mine = self._store.save(campaign.id, batch, claimed, claimed.claimed_at)
        if mine is None:
            return Again(1.0)
        turn = self._hand_over(campaign, planned, mine, positions)
        return self._conclude(campaign.id, self._record(campaign.id, mine, turn), turn)

    def _hand_over(self, campaign: Campaign, planned: PlannedBatch, batch: Batch, positions: Sequence[int]) -> _Turn:
        """Pass SES the letters of those who, after a last check, should still receive one; none if the campaign is no
        longer running."""
        current, found = self._look.at(campaign.id, [planned.recipients[position] for position in positions])
        if current is None or current.status not in RUNNING:
            return _Turn()
        # Whom other campaigns reached was asked when it was planned.
        wanted = choosing.test_of(current.audience, from_iso(current.cutoff or batch.claimed_at), None)
        spared: dict[int, Result] = {}
        letters: dict[int, Tagged] = {}
        for position in positions:
            person = found.get(planned.recipients[position])
            obstacle = _obstacle(current, wanted, person)
            if person is None or obstacle:
                spared[position] = Result(Outcome.SKIPPED, obstacle)
                continue
            try:
                tracked = self._tracks(person)
                tags = _tags(campaign, batch, position, tracked)
                letters[position] = Tagged(self._write(campaign, person), tags, tracked)
            except (EmailListError, ValueError) as error:
                # One person's values, for example too many for SES, must not hold up the others.
                spared[position] = Result(Outcome.FAILED, f"The email could not be composed: {error}")
        late = self._clock() > from_iso(batch.claimed_at) + CALL_WITHIN
        if late or not letters:
            return _Turn(spared)
        allowed = self._warm_up.take(len(letters)) if self._warm_up else len(letters)
        held, letters = len(letters) - allowed, dict(list(letters.items())[:allowed])
        if not letters:
            return _Turn(spared, held=held)
        replies = self._mailer.send(campaign.template, list(letters.values()), one_by_one=self._pace.one_by_one)
        tracked = frozenset(position for position, tagged in letters.items() if tagged.tracked)
        turn = _Turn(spared, dict(zip(letters, replies, strict=True)), tracked, held)
        if self._warm_up:
            self._warm_up.give_back(allowed - turn.count(Answer.ACCEPTED, Answer.UNCERTAIN))
        return turn

    def _record(self, campaign_id: str, mine: Batch, turn: _Turn) -> Batch:
        """Write the outcomes into the row, along with events that were recorded in it meanwhile."""
        latest: Batch | None = mine
        tries = mine.tries + bool(turn.count(Answer.TRANSIENT))
        for _ in range(MAX_SAVES):
            assert latest is not None
            after = replace(latest.with_results(turn.results(tries)), tracked=latest.tracked | turn.known_readers)
            # If a response is missing, the claim stays: it prevents the rest from being sent again too early.
            if latest.claim == mine.claim and not turn.count(Answer.UNCERTAIN):
                after = replace(after, tries=tries).released()
            accepted_at = mine.claimed_at if turn.count(Answer.ACCEPTED) else None
            saved = self._store.save(campaign_id, latest, after, self._now(), accepted_at=accepted_at)
            if saved is not None:
                return saved
            latest = self._store.batch(campaign_id, mine.number)
        raise RuntimeError(f"batch {mine.number} of campaign {campaign_id} changes too often")

    def _conclude(self, campaign_id: str, batch: Batch, turn: _Turn) -> Again | None:
        """Draw the consequences for the campaign and for the pace."""
        self._log(campaign_id, batch, turn)
        if throttled := turn.count(Answer.THROTTLED):
            self._pace.throttled(throttled)
        if turn.count(Answer.CALL_THROTTLED):
            self._pace.bulk_refused()
        for reply in turn.replies.values():
            if reply.answer in PAUSES:
                self._pause(campaign_id, reply)
                return None
        if self._warm_up and (turn.held or (turn.replies and not self._warm_up.room())):
            self._wait_for_tomorrow(campaign_id, self._warm_up)
            return None
        if batch.state is State.DONE:
            return None
        if batch.state is State.CLAIMED:
            return Again(self._grace.total_seconds())
        if turn.count(Answer.UNREACHABLE):
            return Again(UNREACHABLE_PAUSE)
        if turn.count(Answer.TRANSIENT):
            return Again(BACK_OFF * batch.tries)
        return Again(1.0 if turn.count(Answer.THROTTLED, Answer.CALL_THROTTLED) else 0.0)

    def _pause(self, campaign_id: str, reply: Reply) -> None:
        code, message = PAUSES[reply.answer]
        now = self._clock()
        resume_at = iso(now + self._quota_recheck) if reply.answer is Answer.DAILY_QUOTA else None
        if reply.answer is not Answer.DAILY_QUOTA:
            self._metrics.count(OwnMetric.STOPPED)
            message = f"{message} SES says: {reply.reason}"
        move = Move(Status.PAUSED, at=iso(now), reason=Reason(code, message), resume_at=resume_at)
        if self._store.move(campaign_id, RUNNING, move):
            logger.error("campaign paused", extra={"campaign": campaign_id, "reason": code.value})

    def _wait_for_tomorrow(self, campaign_id: str, warm_up: WarmUp) -> None:
        """Pause a campaign if the warm-up lets it send no more today, and anybody is left."""
        campaign = self._store.get(campaign_id)
        left = campaign.plan.people - self._store.tally(campaign_id).people if campaign else 0
        if left <= 0:
            return
        message = (
            f"The warm-up's {warm_up.cap_today():,} emails of today are sent. The campaign continues by itself "
            f"tomorrow (UTC); everybody will have it by {warm_up.done_on(left)}."
        )
        reason = Reason(ReasonCode.WARM_UP, message)
        move = Move(Status.PAUSED, at=self._now(), reason=reason, resume_at=iso(warm_up.tomorrow()))
        if self._store.move(campaign_id, RUNNING, move):
            logger.info("campaign waits for tomorrow", extra={"campaign": campaign_id})

    def _log(self, campaign_id: str, batch: Batch, turn: _Turn) -> None:
        others = Counter(reply.answer.name for reply in turn.replies.values())
        accepted = others.pop(Answer.ACCEPTED.name, 0)
        details = {"campaign": campaign_id, "batch": batch.number, "accepted": accepted}
        if others:
            logger.warning("batch sent in part", extra={**details, "others": dict(others)})
        else:
            logger.info("batch sent", extra={**details, "spared": len(turn.spared)})

    def _now(self) -> str:
        return iso(self._clock())


def _obstacle(campaign: Campaign, wanted: Test, person: Subscriber | None) -> str:
    """Why someone who was planned should not receive the campaign any more; empty if nothing stands in the way."""
    if person is None:
        return "no longer on the list"
    if person.status is not subscribers.Status.ACTIVE:
        return person.status.value
    if campaign.cutoff is not None and person.subscribed_date > campaign.cutoff:
        return "left, and came back later"
    if not wanted(person):
        return "no longer in the audience"
    return ""


def _tags(campaign: Campaign, batch: Batch, position: int, tracked: bool) -> dict[str, str]:
    """Tags of one email; names and values may have letters, digits, `_`, `-`, `.` and `@` (SES API, MessageTag)."""
    place = {"campaign": campaign.id, "batch": str(batch.number), "recipient": str(position)}
    return {**place, "tracked": "yes"} if tracked else place
