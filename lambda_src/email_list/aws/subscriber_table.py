"""Subscribers in DynamoDB: the table, its index by status, and its index by address.

Every change of a status is one conditional write, so that two functions at work on the same person
cannot undo each other. An erased person leaves an item whose key is no address: `erased#<keyed hash>`.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key
from botocore.exceptions import ClientError

from email_list import cursors
from email_list.aws.conditions import refused_by_condition
from email_list.clock import from_iso, iso
from email_list.errors import MalformedError
from email_list.people.consent import IMPORT_ACTS, RULES, Act
from email_list.people.subscribers import Confirmation, Evidence, Page, Status, Subscriber

BY_STATUS = "by_status"
BY_ADDRESS = "by_address"
INITIALS = 2
"""Characters of an address that partition the index by address; a search gives at least as many."""

_LISTING_ORDER = [Status.ACTIVE, Status.PENDING, Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED]
_MAX_KEYS = 100
"""Keys of one BatchGetItem call (DynamoDB API reference)."""

_REQUEST = ("requested", "reference", "expires_at")
"""What is stored of a sign-up until it is confirmed."""

_DEPARTURE = ("unsubscribed_date", "unsubscribe_reason")

_SOFT_BOUNCES = "soft_bounces"
"""A set of `<sent_at>|<message>`: mails that bounced for the time being, since one was delivered."""

_CLOCKS_DIFFER = timedelta(seconds=2)
"""By how much SES's clock and ours may differ."""

_MAX_STATEMENTS = 25
"""Statements of one BatchExecuteStatement call (DynamoDB API reference)."""

_PARALLEL_CALLS = 8
_PASSING_ERRORS = {
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "InternalServerError",
}
"""Codes of BatchStatementError that a later try may not meet."""

_PAUSE_SECONDS = 0.2

Item = dict[str, Any]


class SubscriberTable:
    """All reads and writes of people. `table` is a boto3 DynamoDB table."""

    def __init__(self, table: Any) -> None:
        self._table = table

    # One person

    def get(self, email: str) -> Item | None:
        """Everything stored about a person, read consistently."""
        return self._table.get_item(Key={"email": email}, ConsistentRead=True).get("Item")

    def add(self, subscriber: Subscriber, consent: Evidence, act: Act = Act.JOIN) -> bool:
        """Make a new or returning person active; False when the address is active or suppressed already."""
        return self._update(
            subscriber.email,
            _allowed(act),
            set_={
                **_stored(subscriber),
                "status": Status.ACTIVE.value,
                "subscribed_date": subscriber.subscribed_date,
                "source": subscriber.source,
                "consent": {"subscribed": consent.to_json()},
            },
            remove=[*_REQUEST, *_DEPARTURE],
            event={"at": consent.at, "what": "subscribed"},
        )

    def unsubscribe(self, email: str, at: str, reason: str = "", by: str = "subscriber") -> bool:
        """Make an active or pending person `unsubscribed`. False when there is no such person any more."""
        event = {"at": at, "what": "unsubscribed", "by": by, **({"reason": reason} if reason else {})}
        return self._update(
            email,
            _allowed(Act.LEAVE),
            set_={
                "status": Status.UNSUBSCRIBED.value,
                "unsubscribed_date": at,
                **({"unsubscribe_reason": reason} if reason else {}),
            },
            remove=_REQUEST,
            event=event,
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
        """Claim the right to send one confirmation mail; the reference to put into its link, or None.

        None when the person is active or suppressed, or was sent a confirmation after `cooled_down`. `claim` names
        the attempt: the same attempt, made again because it failed half-way, gets the same right again.
        A new person becomes pending until `expires_at` (epoch seconds). Someone who has left keeps that status, and
        everything known about them, until they confirm.
        """
        details = {"name": wanted.name, "topics": list(wanted.topics), "attributes": dict(wanted.attributes)}
        requested = {**details, **evidence.to_json()}
        may_send = (
            Attr("confirmation_sent").not_exists() | Attr("confirmation_sent").lt(cooled_down) | Attr("claim").eq(claim)
        )
        claimed: Item = {"requested": requested, "confirmation_sent": evidence.at, "claim": claim}
        pending: Item = {
            **claimed,
            **_stored(wanted),
            "status": Status.PENDING.value,
            "subscribed_date": evidence.at,
            "source": wanted.source,
            "expires_at": expires_at,
        }
        has_left = Attr("status").eq(Status.UNSUBSCRIBED.value)
        kept = {"reference": reference}
        if not (
            self._update(wanted.email, _allowed(Act.SIGN_UP) & may_send, set_=pending, keep=kept)
            or self._update(wanted.email, has_left & may_send, set_=claimed, keep=kept)
        ):
            return None
        item = self.get(wanted.email)
        return item.get("reference") if item else None

    def confirmation_sent(self, email: str, claim: str) -> None:
        """The mail of this claim is on its way: the claim is used up."""
        self._update(email, Attr("claim").eq(claim), remove=["claim"])

    def confirm(self, email: str, reference: str, evidence: Evidence) -> Confirmation:
        """Make the person of this confirmation active."""
        item = self.get(email)
        if item is None:
            return Confirmation.OVER
        if item.get("reference") != reference:
            pressed_twice = item["status"] == Status.ACTIVE.value and item.get("confirmed_reference") == reference
            return Confirmation.AGAIN if pressed_twice else Confirmation.OVER
        requested = dict(item["requested"])
        details = {name: requested.pop(name) for name in ("name", "topics", "attributes")}
        confirmed = self._update(
            email,
            Attr("reference").eq(reference) & _allowed(Act.CONFIRM),
            set_={
                **details,
                "status": Status.ACTIVE.value,
                "subscribed_date": evidence.at,
                "source": requested.get("source", ""),
                "consent": {"requested": requested, "confirmed": evidence.to_json()},
                "confirmed_reference": reference,
            },
            remove=[*_REQUEST, *_DEPARTURE, "claim", "confirmation_sent"],
            event={"at": evidence.at, "what": "confirmed"},
        )
        # Another press of the same button may have been faster; then this one finds it done.
        return Confirmation.DONE if confirmed else self.confirm(email, reference, evidence)

    def edit(self, email: str, changes: Mapping[str, Any]) -> bool:
        """Replace name, topics or attributes; False when there is no such person."""
        return self._update(email, Attr("email").exists(), set_=dict(changes))

    def reactivate(self, email: str, at: str) -> bool:
        """Make someone active who is pending, has left or bounced; never someone who complained."""
        return self._update(
            email,
            _allowed(Act.REACTIVATE),
            set_={"status": Status.ACTIVE.value, "subscribed_date": at},
            remove=[*_REQUEST, *_DEPARTURE, _SOFT_BOUNCES],
            event={"at": at, "what": "reactivated", "by": "administrator"},
        )

    # What came back

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool:
        """Make `bounced` whoever is not suppressed already and has not joined (again) since the mail of `sent_at`."""
        return self._update(
            email,
            _allowed(Act.HARD_BOUNCE) & _joined_before(sent_at),
            set_={"status": Status.BOUNCED.value},
            remove=[*_REQUEST, _SOFT_BOUNCES],
            event={"at": at, "what": Status.BOUNCED.value, "reason": reason},
        )

    def complained(self, email: str, at: str, reason: str) -> bool:
        """Make `complained` whoever is not so already."""
        return self._update(
            email,
            _allowed(Act.COMPLAIN),
            set_={"status": Status.COMPLAINED.value},
            remove=[*_REQUEST, _SOFT_BOUNCES],
            event={"at": at, "what": Status.COMPLAINED.value, "reason": reason},
        )

    def soft_bounced(self, email: str, sent_at: str, message: str) -> int:
        """Remember that a mail to an active person bounced for the time being; how many such mails are remembered."""
        try:
            answer = self._table.update_item(
                Key={"email": email},
                UpdateExpression="ADD #mails :mail",
                ConditionExpression=Attr("status").eq(Status.ACTIVE.value) & _joined_before(sent_at),
                ExpressionAttributeNames={"#mails": _SOFT_BOUNCES},
                ExpressionAttributeValues={":mail": {f"{sent_at}|{message}"}},
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if refused_by_condition(error):
                return 0
            raise
        return len(answer["Attributes"][_SOFT_BOUNCES])

    def soft_bouncing(self, emails: Sequence[str]) -> dict[str, Sequence[str]]:
        """Of these people, those with remembered mails, which are `<sent_at>|<message>`; read at half the price."""
        found = self._look_up(emails, _SOFT_BOUNCES)
        return {email: sorted(mails) for email, mails in found.items()}

    def statuses(self, emails: Sequence[str]) -> dict[str, str]:
        """The status of those of these people who are on the list; read at half the price."""
        return self._look_up(emails, "status")

    def forget_soft_bounces(self, email: str, mails: Sequence[str]) -> None:
        """A mail was delivered after these."""
        try:
            self._table.update_item(
                Key={"email": email},
                UpdateExpression="DELETE #mails :mails",
                ConditionExpression=Attr("email").exists(),
                ExpressionAttributeNames={"#mails": _SOFT_BOUNCES},
                ExpressionAttributeValues={":mails": set(mails)},
            )
        except ClientError as error:
            if not refused_by_condition(error):
                raise

    # Erasure

    def erase(self, email: str, fingerprint: str, at: str) -> bool:
        """Delete the person and leave only the keyed hash that keeps an import from adding them again."""
        self._table.put_item(Item={"email": _tombstone(fingerprint), "erased_date": at[:10]})
        gone = self._table.delete_item(Key={"email": email}, ReturnValues="ALL_OLD")
        return "Attributes" in gone

    def is_erased(self, fingerprint: str) -> bool:
        """Whether the person with this keyed hash was erased."""
        return self.get(_tombstone(fingerprint)) is not None

    def forget_erasure(self, fingerprint: str) -> None:
        """The person has come back by their own will."""
        self._table.delete_item(Key={"email": _tombstone(fingerprint)})

    # Many people

    def page(self, status: Status | None, limit: int, cursor: str | None) -> Page:
        """One page, newest first. Without a status the statuses follow one another, active people first.

        A page costs what it shows: it reads the index by status from where the cursor stands, never the table.
        """
        statuses = [status] if status else _LISTING_ORDER
        start: Item | None = None
        if cursor:
            start = _status_key(cursor, statuses)
            statuses = statuses[statuses.index(Status(start["status"])) :]
        people: list[Subscriber] = []
        for current in statuses:
            while True:
                # One person more than is shown tells whether the listing goes on.
                answer = self._newest(current, limit + 1 - len(people), start)
                people += [subscriber(item) for item in answer["Items"]]
                start = answer.get("LastEvaluatedKey")
                if len(people) > limit:
                    last = people[limit - 1]
                    return Page(people[:limit], cursors.encode([last.status, last.subscribed_date, last.email]))
                if start is None:
                    break
        return Page(people, None)

    def search(self, prefix: str, limit: int, cursor: str | None) -> Page:
        """One page of the people whose address begins with `prefix` (two characters or more), by address."""
        start: Item | None = None
        if cursor:
            (email,) = cursors.decode(cursor, parts=1)
            if not email.startswith(prefix):
                # DynamoDB refuses to continue outside of what is asked for.
                raise MalformedError("The cursor belongs to another listing.", code="invalid_cursor")
            start = {"initials": prefix[:INITIALS], "email": email}
        answer = self._table.query(
            IndexName=BY_ADDRESS,
            KeyConditionExpression=Key("initials").eq(prefix[:INITIALS]) & Key("email").begins_with(prefix),
            Limit=limit,
            **_from(start),
        )
        emails = [item["email"] for item in answer["Items"]]
        found = self.get_many(emails)
        last = answer.get("LastEvaluatedKey")
        people = [subscriber(found[email]) for email in emails if email in found]
        return Page(people, cursors.encode([last["email"]]) if last else None)

    def count(self, status: Status | None) -> int:
        """How many people have this status; reads that part of the index."""
        total = 0
        for current in [status] if status else _LISTING_ORDER:
            start: Item | None = {}
            while start is not None:
                condition = {"KeyConditionExpression": Key("status").eq(current.value), "Select": "COUNT"}
                answer = self._table.query(IndexName=BY_STATUS, **condition, **_from(start))
                total += answer["Count"]
                start = answer.get("LastEvaluatedKey")
        return total

    def get_many(self, emails: Iterable[str]) -> dict[str, Item]:
        """Everything stored about these people, read consistently, by address; who is not there is left out."""
        wanted = list(dict.fromkeys(emails))
        batches = [wanted[start : start + _MAX_KEYS] for start in range(0, len(wanted), _MAX_KEYS)]
        if len(batches) == 1:
            return self._get_batch(batches[0])
        found: dict[str, Item] = {}
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            for batch in threads.map(self._get_batch, batches):
                found |= batch
        return found

    def known(self, emails: Sequence[str], fingerprints: Mapping[str, str]) -> dict[str, Item]:
        """What is stored under these addresses; for an erased person, what is left of them, which has no status.

        Erasing writes first what is left and then deletes the person, so whoever is looked for in this order and not
        found was not erased while the two were read.
        """
        found = self.get_many(emails)
        tombstones = {_tombstone(fingerprints[email]): email for email in emails if email not in found}
        return found | {tombstones[key]: item for key, item in self.get_many(tombstones).items()}

    def insert_new(self, people: Sequence[tuple[Subscriber, int]], consent: Evidence) -> set[str]:
        """Store people, each with the number of their row, only where there is none; the addresses that were taken.

        PartiQL's INSERT refuses what exists, each statement for itself, twenty-five to a call.
        """
        batches = [people[start : start + _MAX_STATEMENTS] for start in range(0, len(people), _MAX_STATEMENTS)]
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            return set().union(*threads.map(lambda batch: self._insert(batch, consent), batches))

    def restrict(self, people: Sequence[tuple[Subscriber, int]], at: str) -> None:
        """Give people who are on the list the status that their row of an import names, where that is stricter.

        Their history keeps the import and the row. Done again, it changes nothing.
        """
        with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
            list(threads.map(lambda row: self._restrict(*row, at), people))

    # Inside

    def _restrict(self, person: Subscriber, row: int, at: str) -> None:
        status = person.status.value
        left = {"unsubscribed_date": at} if person.status is Status.UNSUBSCRIBED else {}
        self._update(
            person.email,
            _allowed(IMPORT_ACTS[person.status]) & Attr("email").exists(),
            set_={"status": status, **left},
            remove=[*_REQUEST, _SOFT_BOUNCES],
            event={"at": at, "what": status, "by": "import", "source": person.source, "row": row},
        )

    def _get_batch(self, emails: Sequence[str], **named: Any) -> dict[str, Item]:
        found: dict[str, Item] = {}
        keys = [{"email": email} for email in emails]
        while keys:
            request = {self._table.name: {"Keys": keys, "ConsistentRead": True, **named}}
            answer = self._table.meta.client.batch_get_item(RequestItems=request)
            found |= {item["email"]: item for item in answer["Responses"].get(self._table.name, [])}
            keys = answer.get("UnprocessedKeys", {}).get(self._table.name, {}).get("Keys", [])
            if keys:
                time.sleep(_PAUSE_SECONDS)
        return found

    def _look_up(self, emails: Sequence[str], attribute: str) -> dict[str, Any]:
        """One attribute of those of these people who have it, by address, perhaps as it was a moment ago."""
        wanted: Item = {
            "ConsistentRead": False,
            "ProjectionExpression": "email, #attribute",
            "ExpressionAttributeNames": {"#attribute": attribute},
        }
        keys = list(dict.fromkeys(emails))
        found: dict[str, Any] = {}
        for start in range(0, len(keys), _MAX_KEYS):
            people = self._get_batch(keys[start : start + _MAX_KEYS], **wanted)
            found |= {email: item[attribute] for email, item in people.items() if attribute in item}
        return found

    def _insert(self, people: Sequence[tuple[Subscriber, int]], consent: Evidence) -> set[str]:
        items = [_imported(person, row, consent) for person, row in people]
        taken: set[str] = set()
        while items:
            statements = [
                {
                    "Statement": f'INSERT INTO "{self._table.name}" VALUE '
                    + "{"
                    + ", ".join(f"'{name}': ?" for name in item)
                    + "}",
                    "Parameters": list(item.values()),
                }
                for item in items
            ]
            answers = self._table.meta.client.batch_execute_statement(Statements=statements)["Responses"]
            errors = [answer.get("Error", {}).get("Code") for answer in answers]
            taken |= {item["email"] for item, error in zip(items, errors, strict=True) if error == "DuplicateItem"}
            items = [item for item, error in zip(items, errors, strict=True) if error in _PASSING_ERRORS]
            unexpected = set(errors) - {None, "DuplicateItem", *_PASSING_ERRORS}
            if unexpected:
                raise RuntimeError(f"DynamoDB refused to store subscribers: {', '.join(sorted(map(str, unexpected)))}")
            if items:
                time.sleep(_PAUSE_SECONDS)
        return taken

    def _newest(self, status: Status, limit: int, start: Item | None) -> Any:
        return self._table.query(
            IndexName=BY_STATUS,
            KeyConditionExpression=Key("status").eq(status.value),
            ScanIndexForward=False,
            Limit=limit,
            **_from(start),
        )

    def _update(
        self,
        email: str,
        condition: ConditionBase,
        *,
        set_: Mapping[str, Any] | None = None,
        keep: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
        event: Mapping[str, Any] | None = None,
    ) -> bool:
        """One conditional write: `set_` values, `keep` values only where there are none, `event` onto the history.

        False when the condition did not hold.
        """
        set_, keep = set_ or {}, keep or {}
        names = {f"#{name}": name for name in [*set_, *keep, *remove]}
        values: Item = {f":{name}": value for name, value in {**set_, **keep}.items()}
        assignments = [f"#{name} = :{name}" for name in set_]
        assignments += [f"#{name} = if_not_exists(#{name}, :{name})" for name in keep]
        if event:
            names["#history"] = "history"
            values |= {":event": [dict(event)], ":none": []}
            assignments.append("#history = list_append(if_not_exists(#history, :none), :event)")
        clauses = {"SET": assignments, "REMOVE": [f"#{name}" for name in remove]}
        try:
            self._table.update_item(
                Key={"email": email},
                UpdateExpression=" ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts),
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                **({"ExpressionAttributeValues": values} if values else {}),
            )
        except ClientError as error:
            if refused_by_condition(error):
                return False
            raise
        return True


def _stored(person: Subscriber) -> Item:
    return {
        "name": person.name,
        "topics": list(person.topics),
        "attributes": dict(person.attributes),
        "initials": person.email[:INITIALS],
    }


def _imported(person: Subscriber, row: int, consent: Evidence) -> Item:
    return {
        "email": person.email,
        **_stored(person),
        "status": person.status.value,
        "subscribed_date": person.subscribed_date,
        "source": person.source,
        "import_row": row,
        **({"consent": {"subscribed": consent.to_json()}} if person.status is Status.ACTIVE else {}),
        "history": [{"at": consent.at, "what": "imported"}],
    }


def _allowed(act: Act) -> ConditionBase:
    """That the act may change the status that is stored."""
    rule = RULES[act]
    known = Attr("status").is_in([status.value for status in rule.sources])
    return Attr("email").not_exists() | known if rule.newcomers else known


def _tombstone(fingerprint: str) -> str:
    return f"erased#{fingerprint}"


def _joined_before(sent_at: str) -> ConditionBase:
    """What became of a mail says nothing about someone who has joined since."""
    return Attr("subscribed_date").lte(iso(from_iso(sent_at) + _CLOCKS_DIFFER))


def _from(start: Item | None) -> Item:
    return {"ExclusiveStartKey": start} if start else {}


def _status_key(cursor: str, statuses: list[Status]) -> Item:
    status, date, email = cursors.decode(cursor, parts=3)
    if status not in statuses:
        raise MalformedError("The cursor belongs to another listing.", code="invalid_cursor")
    return {"status": status, "subscribed_date": date, "email": email}


def subscriber(item: Mapping[str, Any]) -> Subscriber:
    """The subscriber that a stored item describes."""
    return Subscriber(
        email=item["email"],
        status=Status(item["status"]),
        subscribed_date=item["subscribed_date"],
        name=item.get("name", ""),
        topics=tuple(item.get("topics", ())),
        attributes=item.get("attributes", {}),
        source=item.get("source", ""),
    )


_INTERNAL = ("claim", "reference", "confirmed_reference", "initials", "expires_at", "import_row", _SOFT_BOUNCES)


def public_record(item: Mapping[str, Any]) -> Item:
    """Everything stored about a person, without what only the machinery needs."""
    person = subscriber(item).to_json()
    rest = {name: value for name, value in item.items() if name not in _INTERNAL}
    return {**person, **rest}
