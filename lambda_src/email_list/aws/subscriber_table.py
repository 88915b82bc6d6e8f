"""One person at a time in the subscribers table.

Every change of a status is one conditional write, so that two functions working on the same person cannot undo each
other's work.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from email_list.aws.dynamodb import Item, Items, Update
from email_list.aws.shards import with_status
from email_list.aws.subscriber_items import (
    DEPARTURE,
    EXPIRY,
    INTEREST,
    SOFT_BOUNCES,
    erased_key,
    person_key,
    record,
    stored,
    subscriber,
    wishes_key,
)
from email_list.people.consent import IMPORT_ACTS, RULES, Act, allows
from email_list.people.subscribers import Changes, Evidence, Imported, Record, Status, Subscriber

DETAILS = ("name", "topics", "attributes", "language")
"""What somebody who signs up says of themselves."""

MAX_WISHES = 10
"""Of one address, the latest; an inbox gets fewer confirmations in two days."""


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
            keep={"nonce": new_nonce()},
            remove=[EXPIRY, *DEPARTURE, *_unless(subscriber.tracked)],
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
            remove=[EXPIRY],
            event={"at": at, "what": "unsubscribed", "by": by, **said},
        )

    def awaits_confirmation(self, email: str, claim: str, cooled_down: str) -> bool:
        """Whether a confirmation may go to this address now: the person is neither active nor suppressed, and was not
        sent one after `cooled_down`, other than by this very attempt, which failed half-way."""
        return self._open_wishes(email, claim, cooled_down) is not None

    def begin_confirmation(
        self, wanted: Subscriber, evidence: Evidence, claim: str, cooled_down: str, expires_at: int
    ) -> bool:
        """Keep a wish until it is confirmed, or until `expires_at` (epoch seconds), and claim the right to send one
        confirmation of it; False when `awaits_confirmation` does not hold any more.

        `claim` names the wish, and the attempt. A new person becomes pending. Someone who has left keeps that status,
        and everything known about them, until they confirm. Wishes stand side by side: none changes what the link of
        another one confirms.
        """
        found = self._open_wishes(wanted.email, claim, cooled_down)
        if found is None:
            return False
        known, has_left = found
        details = {"name": wanted.name, "topics": list(wanted.topics), "attributes": dict(wanted.attributes)}
        details |= {"language": wanted.language} if wanted.language else {}
        wishes: dict[str, Item] = {**known.get("wishes", {}), claim: {**details, **evidence.to_json()}}
        latest = sorted(wishes.items(), key=lambda named: named[1]["at"])[-MAX_WISHES:]
        kept = {"wishes": dict(latest), "sent": evidence.at, "claim": claim, EXPIRY: expires_at}
        unchanged = Attr("sent").eq(known["sent"]) if known else Attr("sent").not_exists()
        if self._items.update(Update(wishes_key(wanted.email), set=kept, when=unchanged)) is None:
            return False
        pending = {**stored(wanted), "subscribed_date": evidence.at, "source": wanted.source, EXPIRY: expires_at}
        return has_left or self._change(
            wanted.email, allowed(Act.SIGN_UP), status=Status.PENDING, set_=pending, keep={"nonce": new_nonce()}
        )

    def _open_wishes(self, email: str, claim: str, cooled_down: str) -> tuple[Item, bool] | None:
        """The item of wishes, or an empty one, and whether the person has left; None unless they are due an email."""
        known = self._items.get(wishes_key(email)) or {}
        if known and known["sent"] >= cooled_down and known.get("claim") != claim:
            return None
        person = self.get(email)
        has_left = person is not None and person.status is Status.UNSUBSCRIBED
        return (known, has_left) if has_left or allows(Act.SIGN_UP, person.status if person else None) else None

    def confirmation_sent(self, email: str, claim: str) -> None:
        """The email of this claim is on its way: the claim is used up."""
        self._items.update(Update(wishes_key(email), remove=["claim"], when=Attr("claim").eq(claim)))

    def wish(self, email: str, reference: str) -> Subscriber | None:
        """Whom the confirmation of a wish would put on the list; None when it is over."""
        wish = self._wish(email, reference)
        if wish is None:
            return None
        details = {name: wish[name] for name in DETAILS if name in wish}
        return Subscriber(email, Status.PENDING, wish["at"], source=wish.get("source", ""), **details)

    def confirm(self, email: str, reference: str, evidence: Evidence) -> bool:
        """Put the person on the list who asked for it by this wish, as it says; False when it is over or was done.

        Someone who has left since then has answered it, and is not brought back by it.
        """
        if requested := self._wish(email, reference):
            details = {name: requested.pop(name) for name in DETAILS if name in requested}
            is_the_last_word = Attr("unsubscribed_date").not_exists() | Attr("unsubscribed_date").lt(requested["at"])
            confirmed = self._change(
                email,
                allowed(Act.CONFIRM) & is_the_last_word,
                status=Status.ACTIVE,
                set_={
                    **details,
                    **({"tracked": True} if "tracking" in requested else {}),
                    "subscribed_date": evidence.at,
                    "source": requested.get("source", ""),
                    "consent": {"requested": requested, "confirmed": evidence.to_json()},
                    "confirmed_reference": reference,
                },
                remove=[EXPIRY, *DEPARTURE, *_unless("tracking" in requested)],
                event={"at": evidence.at, "what": "confirmed"},
            )
            if confirmed:
                self._items.delete(wishes_key(email))
                return True
        return False

    def confirmed_by(self, email: str, reference: str) -> Record | None:
        """The person whom this wish put on the list, as long as they are there."""
        item = self._items.get(person_key(email)) or {}
        is_on = item.get("confirmed_reference") == reference and item["status"] == Status.ACTIVE.value
        return record(item) if is_on else None

    def wishes(self, email: str) -> list[Mapping[str, Any]]:
        """What was asked for with an address and is not confirmed yet, by anyone, oldest first."""
        item = self._items.get(wishes_key(email))
        return sorted(item["wishes"].values(), key=lambda wish: wish["at"]) if item else []

    def _wish(self, email: str, reference: str) -> Item | None:
        item = self._items.get(wishes_key(email))
        return item["wishes"].get(reference) if item else None

    def edit(self, email: str, changes: Mapping[str, Any]) -> bool:
        """Replace name, topics or attributes; False if there is no such person."""
        return self._change(email, Attr("email").exists(), set_=changes)

    def open_data_link(self, email: str, reference: str) -> bool:
        """Let a link with this reference lead to the person's data, in place of any before it; False for nobody."""
        return self.edit(email, {"data_link": reference})

    def behind_data_link(self, email: str, reference: str) -> Record | None:
        """The person to whose data the link with this reference leads, until it is used."""
        item = self._items.get(person_key(email))
        return record(item) if item and item.get("data_link") == reference else None

    def use_data_link(self, email: str, reference: str) -> bool:
        """Use up the link; False when that was done before."""
        return self._change(email, Attr("data_link").eq(reference), remove=["data_link"])

    def come_back(self, email: str, evidence: Evidence) -> bool:
        """Make someone active who has left, at their own word; False for anybody else."""
        return self._change(
            email,
            allowed(Act.COME_BACK),
            status=Status.ACTIVE,
            set_={"subscribed_date": evidence.at, "consent": {"confirmed": evidence.to_json()}},
            remove=[EXPIRY, *DEPARTURE, *_unless(False)],
            event={"at": evidence.at, "what": "came back"},
        )

    def track(self, email: str, evidence: Evidence) -> bool:
        """Note that somebody agrees to their opens and clicks being known, or if the evidence does not say so, that
        they do not, and forget those that are known; False if there is no such person."""
        agrees = bool(evidence.tracking)
        return self._change(
            email,
            Attr("email").exists(),
            set_={"tracked": True} if agrees else {},
            remove=_unless(agrees),
            event={"what": "tracking_allowed" if agrees else "tracking_refused", **evidence.to_json()},
        )

    def reactivate(self, email: str, at: str) -> bool:
        """Make someone active who is pending, has left or bounced; never someone who complained."""
        return self._change(
            email,
            allowed(Act.REACTIVATE),
            status=Status.ACTIVE,
            set_={"subscribed_date": at},
            remove=[EXPIRY, *DEPARTURE, SOFT_BOUNCES],
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
            remove=[EXPIRY, SOFT_BOUNCES],
            event={"at": at, "what": person.status.value, "by": "import", "source": person.source, "row": row.row},
        )

    def update(self, row: Imported, changes: Changes) -> bool:
        """Change what is known of someone who is active as their row of an import says, and remember the row."""
        is_active = Attr("status").eq(Status.ACTIVE.value)
        return self._change(row.person.email, is_active, set_={**changes, "updated_by": row.mark})

    def erase(self, email: str, fingerprint: str, at: str) -> bool:
        """Delete the person and leave only the keyed hash that keeps an import from adding them again."""
        self._items.put({**erased_key(fingerprint), "erased_date": at[:10]})
        self._items.delete(wishes_key(email))
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


def new_nonce() -> str:
    """What links to a new person's record are to carry."""
    return secrets.token_urlsafe(9)


def _unless(tracked: bool) -> Sequence[str]:
    """What is removed unless somebody agrees to be tracked."""
    return () if tracked else ("tracked", *INTEREST)


def allowed(act: Act) -> ConditionBase:
    """That the act may change the status that is stored."""
    rule = RULES[act]
    known = Attr("status").is_in([status.value for status in rule.sources])
    return Attr("email").not_exists() | known if rule.newcomers else known
