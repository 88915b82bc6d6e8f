"""Joining the list: what a stranger asks for, and the confirmation that makes it so.

With double opt-in, a sign-up is answered before anyone checks whether the address is known: the request goes onto a
queue, and its worker decides whether a confirmation email is due. So neither the response nor its timing reveals who is
on the list.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from email_list import addresses, fields
from email_list.clock import Clock, from_iso, iso, utc_now
from email_list.errors import ConflictError, InvalidError, TooManyRequestsError
from email_list.people import sources
from email_list.people.consent import Act
from email_list.people.fingerprints import Fingerprint
from email_list.people.limits import Limit, inbox, source_network
from email_list.people.subscribers import (
    CONFIRMATION_LIFETIME,
    AttributeValue,
    Evidence,
    Record,
    Status,
    Subscriber,
)
from email_list.settings import SignUpPolicy, Topic

MAX_USER_AGENT = 300
CONFIRMATIONS_PER_INBOX_AND_DAY = 5
"""However many addresses of an inbox somebody enters, and from wherever."""


@dataclass(frozen=True)
class Wish:
    """One valid sign-up: who wants what, in which language they asked, and the evidence that they asked.

    `claim` is the right to a confirmation of a wish that already has it, but had to wait.
    """

    email: str
    name: str
    topics: Sequence[str]
    attributes: Mapping[str, AttributeValue]
    evidence: Evidence
    language: str = ""
    claim: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Wish":
        document: dict[str, Any] = json.loads(text)
        document["evidence"] = Evidence(**document["evidence"])
        return cls(**document)

    def is_good(self, now: datetime) -> bool:
        """Whether it may still wait for its confirmation."""
        return now < from_iso(self.evidence.at) + CONFIRMATION_LIFETIME

    def subscriber(self, status: Status, at: str) -> Subscriber:
        """The person this sign-up would put on the list."""
        return Subscriber(
            email=self.email,
            status=status,
            subscribed_date=at,
            name=self.name,
            topics=self.topics,
            attributes=self.attributes,
            source=self.evidence.source,
            language=self.language,
            tracked=bool(self.evidence.tracking),
        )


def agrees(value: object) -> bool:
    """Whether a field that asks for a yes has one: that of a form, ticked, or of JSON."""
    if value not in (None, True, False, "", "on", "true", "false"):
        raise InvalidError("tracking must be true or false.", details={"field": "tracking"})
    return value in (True, "on", "true")


def read_wish(
    asked: Mapping[str, Any],
    offered: Sequence[Topic],
    evidence: Evidence,
    default_source: str,
    language: str = "",
    *,
    stranger: bool = False,
) -> Wish:
    """The wish in a request's fields. InvalidAddressError or InvalidError says what is wrong with them.

    What a `stranger` says of name and source is bounded further: nobody has yet vouched for it.
    """
    given = asked.get("source")
    source = sources.of_stranger(given) if stranger else fields.single_line(given, "source", sources.MAX_SOURCE)
    names = [topic.name for topic in offered]
    return Wish(
        email=addresses.normalise(asked.get("email")),
        name=(fields.own_name if stranger else fields.name)(asked.get("name")),
        # A form or a program that does not ask about topics means all of them.
        topics=fields.topics(asked["topics"], names) if "topics" in asked else names,
        attributes=fields.attributes(asked.get("attributes")),
        evidence=replace(evidence, source=source or default_source),
        language=language,
    )


class Trackable(Protocol):
    """What consent to tracking needs from the subscriber table."""

    def track(self, email: str, evidence: Evidence) -> bool: ...


def decide_on_tracking(person: Subscriber, evidence: Evidence, people: Trackable) -> bool:
    """Note whether somebody agrees to their opens and clicks being known, as the evidence says, if that is news; and
    whether they do."""
    agrees = bool(evidence.tracking)
    if agrees != person.tracked:
        people.track(person.email, evidence)
    return agrees


class People(Protocol):
    """What joining needs from the subscriber table."""

    def add(self, subscriber: Subscriber, consent: Evidence, act: Act) -> bool: ...

    def get(self, email: str) -> Record | None: ...

    def is_erased(self, fingerprint: str) -> bool: ...

    def awaits_confirmation(self, email: str, claim: str, cooled_down: str) -> bool: ...

    def begin_confirmation(
        self, wanted: Subscriber, evidence: Evidence, claim: str, cooled_down: str, expires_at: int
    ) -> bool: ...

    def confirmation_sent(self, email: str, claim: str) -> None: ...

    def forget_erasure(self, fingerprint: str) -> None: ...


def join_at_once(wish: Wish, people: People, act: Act = Act.JOIN) -> None:
    """Make the person active. ConflictError if they already are, or must not be emailed again."""
    if not people.add(wish.subscriber(Status.ACTIVE, wish.evidence.at), wish.evidence, act):
        raise ConflictError("This address is already subscribed.", code="already_subscribed")


def vouch(wish: Wish, people: People, fingerprint: Fingerprint, act: Act) -> None:
    """Make a person active for whose consent an administrator vouches.

    ConflictError as for `join_at_once`; also for someone who left, whom this does not bring back unnoticed, and for
    someone who was erased: only they themselves can come back.
    """
    if people.is_erased(fingerprint(wish.email)):
        message = "This person asked to be erased. Only they themselves can sign up again."
        raise ConflictError(message, code="erased")
    try:
        join_at_once(wish, people, act)
    except ConflictError:
        person = people.get(wish.email)
        if person is None or person.status is not Status.UNSUBSCRIBED:
            raise
        message = (
            "This person unsubscribed. If they have asked to come back, look them up and make them active again "
            '(PATCH with "status": "active" and "acknowledge": "unsubscribed").'
        )
        raise ConflictError(message, code="acknowledgement_required") from None


class Work(Protocol):
    """The queue that passes sign-ups to `ask_for_confirmation`."""

    def send(self, body: str) -> None: ...


class SignUps:
    """Accepts strangers' sign-ups. `check(fields, ip)` raises what a captcha raises."""

    def __init__(
        self,
        policy: SignUpPolicy,
        limit: Limit,
        check: Callable[[Mapping[str, Any], str], None],
        wishes: Work,
        people: People,
        fingerprint: Fingerprint,
    ) -> None:
        self._policy = policy
        self._limit = limit
        self._check = check
        self._wishes = wishes
        self._people = people
        self._fingerprint = fingerprint

    def take(self, wish: Wish, ip: str, answers: Mapping[str, Any], *, trapped: bool) -> bool:
        """Accept a sign-up; True if the person is on the list now, False if a confirmation will follow.

        `answers` are the fields among which the captcha finds its own; a program that was `trapped` by the form is told
        what everybody is told, and nothing happens. TooManyRequestsError, ConflictError, or a captcha's error.
        """
        if trapped:
            return False
        if not self._limit.use(source_network(ip)):
            raise TooManyRequestsError("Too many requests from your network. Please try again in an hour.")
        self._check(answers, ip)
        if self._policy.double_opt_in:
            self._wishes.send(wish.to_json())
            return False
        join_at_once(wish, self._people)
        self._people.forget_erasure(self._fingerprint(wish.email))
        return True


def ask_for_confirmation(
    wish: Wish,
    claim: str,
    people: People,
    may_mail: Callable[[str], bool],
    send: Callable[[str, str], None],
    policy: SignUpPolicy,
    clock: Clock = utc_now,
) -> bool:
    """Send a confirmation email if one is due; returns whether it was.

    `may_mail(inbox)` says whether that inbox may get one more. `send(email, reference)` may fail: the same `claim`,
    which is also the reference of the wish, tried again then sends again; another one waits for the cooldown.
    """
    now = clock()
    cooled_down = iso(now - policy.cooldown)
    if not people.awaits_confirmation(wish.email, claim, cooled_down) or not may_mail(inbox(wish.email)):
        return False
    wanted = wish.subscriber(Status.PENDING, wish.evidence.at)
    if not people.begin_confirmation(wanted, wish.evidence, claim, cooled_down, _pending_until(now)):
        return False
    send(wish.email, claim)
    people.confirmation_sent(wish.email, claim)
    return True


def _pending_until(now: datetime) -> int:
    return int((now + CONFIRMATION_LIFETIME).timestamp())
