"""What SES's events and its suppression list do to people in the subscribers table."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from email_list.aws.dynamodb import Update
from email_list.aws.subscriber_items import EXPIRY, INTEREST, SOFT_BOUNCES, person_key
from email_list.aws.subscriber_table import SubscriberTable, allowed
from email_list.clock import from_iso, iso
from email_list.people.consent import Act
from email_list.people.subscribers import Status

_CLOCKS_DIFFER = timedelta(seconds=2)
"""How much SES's clock and ours may differ."""


class CleaningTable(SubscriberTable):
    """The `People` of `email_list.events` in production."""

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool:
        """Make a person `bounced` unless they are suppressed already or have joined (again) since the email of
        `sent_at`."""
        # Someone who bounced before they confirmed is forgotten like anyone else who did not confirm.
        return self._end(email, allowed(Act.HARD_BOUNCE) & _joined_before(sent_at), Status.BOUNCED, at, reason)

    def complained(self, email: str, at: str, reason: str) -> bool:
        """Make a person `complained` unless they already are."""
        return self._end(email, allowed(Act.COMPLAIN), Status.COMPLAINED, at, reason, for_good=[EXPIRY])

    def soft_bounced(self, email: str, sent_at: str, message: str) -> int:
        """Remember a soft bounce of an email to an active person; returns how many such emails are remembered."""
        active = Attr("status").eq(Status.ACTIVE.value) & _joined_before(sent_at)
        remembered = Update(person_key(email), add={SOFT_BOUNCES: {f"{sent_at}|{message}"}}, when=active)
        item = self._items.update(remembered)
        return len(item[SOFT_BOUNCES]) if item else 0

    def soft_bouncing(self, emails: Sequence[str]) -> dict[str, Sequence[str]]:
        """Those of these people with remembered emails, which are `<sent_at>|<message>`; read at half the price."""
        return {email: sorted(mails) for email, mails in self._look_up(emails, SOFT_BOUNCES).items()}

    def statuses(self, emails: Sequence[str]) -> dict[str, str]:
        """The statuses of those of these people who are on the list; read at half the price."""
        return self._look_up(emails, "status")

    def forget_soft_bounces(self, email: str, mails: Sequence[str]) -> None:
        """An email was delivered after these."""
        self._items.update(Update(person_key(email), discard={SOFT_BOUNCES: set(mails)}, when=Attr("email").exists()))

    def interest(self, emails: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The days on which those of these people who are on the list last opened and clicked, as far as they are
        known, and `tracked` for those who agreed to that; read at half the price."""
        keys = [person_key(email) for email in dict.fromkeys(emails)]
        items = self._items.get_many(keys, ["email", "tracked", *INTEREST], consistent=False)
        return {item["email"]: item for item in items}

    def interested(self, email: str, days: Mapping[str, str]) -> None:
        """Set the last days on which somebody opened and clicked, unless they were erased meanwhile."""
        self._items.update(Update(person_key(email), set=days, when=Attr("email").exists()))

    def _end(
        self, email: str, when: ConditionBase, status: Status, at: str, reason: str, for_good: Sequence[str] = ()
    ) -> bool:
        event = {"at": at, "what": status.value, "reason": reason}
        return self._change(email, when, status=status, remove=[*for_good, SOFT_BOUNCES], event=event)

    def _look_up(self, emails: Sequence[str], attribute: str) -> dict[str, Any]:
        """One attribute of those of these people who have it, by address, possibly slightly out of date."""
        keys = [person_key(email) for email in dict.fromkeys(emails)]
        items = self._items.get_many(keys, ["email", attribute], consistent=False)
        return {item["email"]: item[attribute] for item in items if attribute in item}


def _joined_before(sent_at: str) -> ConditionBase:
    """What happened to an email says nothing about someone who has joined since."""
    return Attr("subscribed_date").lte(iso(from_iso(sent_at) + _CLOCKS_DIFFER))
