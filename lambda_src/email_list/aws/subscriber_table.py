"""One person at a time in the subscribers table.

Every change of a status is one conditional write, so that two functions working on the same person cannot undo each
other's work.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from email_list.aws.dynamodb import Item, Items, Update
from email_list.aws.shards import with_status
from email_list.aws.subscriber_items import (
    DEPARTURE,
    REQUEST,
    SOFT_BOUNCES,
    erased_key,
    person_key,
    record,
    stored,
    subscriber,
)
from email_list.people.consent import IMPORT_ACTS, RULES, Act, allows
from email_list.people.subscribers import Changes, Confirmation, Evidence, Imported, Record, Status, Subscriber


class SubscriberTable:
    """Joining, confirming, changing, leaving, erasing. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._items = Items(table)

    def get(self, email: str) -> Record | None:
        """Everything known about a person, read consistently."""
        return record(self._items.get(person_key(email)))

    def find(self, emails: Iterable[str]) -> Mapping[str, Subscriber]:
        """Those of these people who are on the list with any status, read consistently."""
        people = map(subscriber, self._items.get_many(map(person_key, emails)))
        return {person.email: person for person in people}

    def add(self, subscriber: Subscriber, consent: Evidence, act: Act = Act.JOIN) -> bool:
        """Make a new or returning person active; False if the address is active or suppressed already."""
        return self._change(
            subscriber.email,
            allowed(act),
            status=Status.ACTIVE,
            set_={
                **stored(subscriber),
                "subscribed_date": subscriber.subscribed_date,
                "source": subscriber.source,
                "consent": {"subscribed": consent.to_json()},
            },
            remove=[*REQUEST, *DEPARTURE],
            event={"at": consent.at, "what": "subscribed"},
        )

    def unsubscribe(self, email: str, at: str, reason: str = "", by: str = "subscriber") -> bool:
        """Make an active or pending person `unsubscribed`. False if there is no such person any more."""
        said = {"reason": reason} if reason else {}
        return self._change(
            email,
            allowed(Act.LEAVE),
            status=Status.UNSUBSCRIBED,
            set_={
                "unsubscribed_date": at,
                **{f"unsubscribe_{name}": words for name, words in said.items()},
            },
            remove=REQUEST,
            event={"at": at, "what": "unsubscribed", "by": by, **said},
        )

    def begin_confirmation(
        self,
        wanted: Subscriber,
        evidence: Evidence,
        reference: str,
        claim: str,
        cooled_down: str,
        expires_at: int,
    ) -> str | None:
        """Claim the right to send one confirmation email; returns the reference to put into its link, or None.

        None if the person is active or suppressed, or was sent a confirmation after `cooled_down`. `claim` names the
        attempt: the same attempt, repeated because it failed halfway, gets the same right again. A new person becomes
        pending until `expires_at` (epoch seconds). Someone who has left keeps that status, and everything known about
        them, until they confirm.
        """
        details = {"name": wanted.name, "topics": list(wanted.topics), "attributes": dict(wanted.attributes)}
        details |= {"language": wanted.language} if wanted.language else {}
        requested = {**details, **evidence.to_json()}
        may_send = (
            Attr("confirmation_sent").not_exists() | Attr("confirmation_sent").lt(cooled_down) | Attr("claim").eq(claim)
        )
        claimed: Item = {"requested": requested, "confirmation_sent": evidence.at, "claim": claim}
        pending: Item = {
            **claimed,
            **stored(wanted),
            "subscribed_date": evidence.at,
            "source": wanted.source,
            "expires_at": expires_at,
        }
        has_left = Attr("status").eq(Status.UNSUBSCRIBED.value)
        kept = {"reference": reference}
        if not (
            self._change(wanted.email, allowed(Act.SIGN_UP) & may_send, status=Status.PENDING, set_=pending, keep=kept)
            or self._change(wanted.email, has_left & may_send, set_=claimed, keep=kept)
        ):
            return None
        item = self._items.get(person_key(wanted.email))
        return item.get("reference") if item else None

    def confirmation_sent(self, email: str, claim: str) -> None:
        """The email of this claim is on its way: the claim is used."""
        self._change(email, Attr("claim").eq(claim), remove=["claim"])

    def confirm(self, email: str, reference: str, evidence: Evidence) -> Confirmation:
        """Make the person of this confirmation active."""
        item = self._items.get(person_key(email))
        if item is None:
            return Confirmation.OVER
        if item.get("reference") != reference or not allows(Act.CONFIRM, Status(item["status"])):
            pressed_twice = item["status"] == Status.ACTIVE.value and item.get("confirmed_reference") == reference
            return Confirmation.AGAIN if pressed_twice else Confirmation.OVER
        requested = dict(item["requested"])
        asked = ("name", "topics", "attributes", "language")
        details = {name: requested.pop(name) for name in asked if name in requested}
        confirmed = self._change(
            email,
            Attr("reference").eq(reference) & allowed(Act.CONFIRM),
            status=Status.ACTIVE,
            set_={
                **details,
                "subscribed_date": evidence.at,
                "source": requested.get("source", ""),
                "consent": {"requested": requested, "confirmed": evidence.to_json()},
                "confirmed_reference": reference,
            },
            remove=[*REQUEST, *DEPARTURE, "claim", "confirmation_sent"],
            event={"at": evidence.at, "what": "confirmed"},
        )
        # Another press of the same button may have been faster; then this one finds it done.
        return Confirmation.DONE if confirmed else self.confirm(email, reference, evidence)

    def edit(self, email: str, changes: Mapping[str, Any]) -> bool:
        """Replace name, topics or attributes; False if there is no such person."""
        return self._change(email, Attr("email").exists(), set_=changes)

    def reactivate(self, email: str, at: str) -> bool:
        """Make someone active who is pending, has left or bounced; never someone who complained."""
        return self._change(
            email,
            allowed(Act.REACTIVATE),
            status=Status.ACTIVE,
            set_={"subscribed_date": at},
            remove=[*REQUEST, *DEPARTURE, SOFT_BOUNCES],
            event={"at": at, "what": "reactivated", "by": "administrator"},
        )

    def restrict(self, row: Imported, at: str) -> bool:
        """Give someone who is on the list the status that their row of an import names, if that is stricter.

        Their history keeps the import and the row. Repeating it changes nothing.
        """
        person = row.person
        left = {"unsubscribed_date": at} if person.status is Status.UNSUBSCRIBED else {}
        return self._change(
            person.email,
            allowed(IMPORT_ACTS[person.status]) & Attr("email").exists(),
            status=person.status,
            set_=left,
            remove=[*REQUEST, SOFT_BOUNCES],
            event={"at": at, "what": person.status.value, "by": "import", "source": person.source, "row": row.row},
        )

    def update(self, row: Imported, changes: Changes) -> bool:
        """Change what is known of someone who is active as their row of an import says, and remember the row."""
        is_active = Attr("status").eq(Status.ACTIVE.value)
        return self._change(row.person.email, is_active, set_={**changes, "updated_by": row.mark})

    def erase(self, email: str, fingerprint: str, at: str) -> bool:
        """Delete the person and leave only the keyed hash that keeps an import from adding them again."""
        self._items.put({**erased_key(fingerprint), "erased_date": at[:10]})
        return self._items.delete(person_key(email))

    def is_erased(self, fingerprint: str) -> bool:
        """Whether the person with this keyed hash was erased."""
        return self._items.get(erased_key(fingerprint)) is not None

    def forget_erasure(self, fingerprint: str) -> None:
        """The person has come back of their own free will."""
        self._items.delete(erased_key(fingerprint))

    def _change(
        self,
        email: str,
        when: ConditionBase,
        *,
        status: Status | None = None,
        set_: Mapping[str, Any] | None = None,
        keep: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
        event: Mapping[str, Any] | None = None,
    ) -> bool:
        """One conditional write: a new `status`, `set_` values, `keep` values only where there are none, and an `event`
        onto the history.

        Returns whether the condition held, and the change was made.
        """
        set_ = {**(with_status(email, status) if status else {}), **(set_ or {})}
        history = {"history": [dict(event)]} if event else {}
        change = Update(person_key(email), set=set_, keep=keep or {}, append=history, remove=remove, when=when)
        return self._items.update(change) is not None


def allowed(act: Act) -> ConditionBase:
    """That the act may change the status that is stored."""
    rule = RULES[act]
    known = Attr("status").is_in([status.value for status in rule.sources])
    return Attr("email").not_exists() | known if rule.newcomers else known
