"""Cleaning the list: what SES's events say about people's addresses.

A hard bounce or a complaint ends a subscription at once and permanently. Soft bounces end it after a number of them in
a row: the emails that bounced are remembered with the person, and forgotten when a later one, or the same one, is
delivered. All of it may be done again, in any order. `email_list.events.meanings` says which event is which.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from email_list.campaigns.feedback import Mark, Row
from email_list.events.mail_events import Event, Kind
from email_list.events.meanings import Meaning

logger = logging.getLogger(__name__)


class People(Protocol):
    """The part of the subscriber store that cleaning needs (`email_list.aws.subscriber_table`)."""

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool:
        """Make a person `bounced` unless they are suppressed already or have joined (again) since the email of
        `sent_at`."""
        ...

    def complained(self, email: str, at: str, reason: str) -> bool:
        """Make a person `complained` unless they already are."""
        ...

    def unsubscribe(self, email: str, at: str, reason: str = "", by: str = "subscriber") -> bool: ...

    def soft_bounced(self, email: str, sent_at: str, message: str) -> int:
        """Remember a soft bounce of an email to an active person; returns how many such emails are remembered."""
        ...

    def soft_bouncing(self, emails: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Those of these people with remembered emails, which are `<sent_at>|<message>`."""
        ...

    def forget_soft_bounces(self, email: str, mails: Sequence[str]) -> None: ...


class Cleaner:
    """Keeps the list free of addresses that accept no email and of people who want none.

    After `soft_bounces_in_a_row`, an address counts as one that accepts no email. None ignores soft bounces, where no
    event would report the deliveries in between.
    """

    def __init__(self, people: People, soft_bounces_in_a_row: int | None) -> None:
        self._people = people
        self._soft_bounces_in_a_row = soft_bounces_in_a_row

    def clean(self, events: Sequence[Event], rows: Mapping[tuple[str, int], Row]) -> None:
        """Draw the consequences of events. `rows` are the feedback rows of those from campaigns, with the events."""
        if self._soft_bounces_in_a_row is not None:
            self._forget_soft_bounces([event for event in events if event.kind is Kind.DELIVERY])
        for event in events:
            for email in event.people:
                self._consider(email, event, rows)

    def _consider(self, email: str, event: Event, rows: Mapping[tuple[str, int], Row]) -> None:
        match event.meaning:
            case Meaning.COMPLAINT:
                changed = self._people.complained(email, event.at, event.reason)
            case Meaning.HARD_BOUNCE:
                changed = self._people.bounced(email, event.sent_at, event.at, event.reason)
            case Meaning.SOFT_BOUNCE if self._soft_bounces_in_a_row is not None and not _was_delivered(event, rows):
                in_a_row = self._people.soft_bounced(email, event.sent_at, event.message)
                reason = f"{in_a_row} in a row, the last: {event.reason}"
                enough = in_a_row >= self._soft_bounces_in_a_row
                changed = enough and self._people.bounced(email, event.sent_at, event.at, reason)
            case Meaning.LEFT:
                changed = self._people.unsubscribe(email, event.at)
            case Meaning.UNCLASSIFIED:
                logger.warning("event of an unknown type", extra={"event": event.kind.value, "reason": event.reason})
                return
            case _:
                return
        if changed:
            logger.info("subscription ended", extra={"by": event.kind.value})

    def _forget_soft_bounces(self, deliveries: Sequence[Event]) -> None:
        delivered: dict[str, str] = {}
        for event in deliveries:
            for email in event.people:
                delivered[email] = max(event.sent_at, delivered.get(email, ""))
        for email, mails in self._people.soft_bouncing(list(delivered)).items():
            over = [mail for mail in mails if mail.partition("|")[0] <= delivered[email]]
            if over:
                self._people.forget_soft_bounces(email, over)


def _was_delivered(event: Event, rows: Mapping[tuple[str, int], Row]) -> bool:
    """Whether this email arrived after all: then what bounced is an automatic reply."""
    place = event.place
    return place is not None and rows[place.campaign, place.batch].has(place.position, Mark.DELIVERED)
