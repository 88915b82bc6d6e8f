"""The desk: what an administrator does with campaigns."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from contract import LETTER
from email_list import cursors
from email_list.campaigns import clicks, engagement, issues, recipients
from email_list.campaigns.agenda import Agenda
from email_list.campaigns.campaign import (
    RUNNING,
    Campaign,
    IllegalMoveError,
    Reason,
    ReasonCode,
    Status,
    is_id,
    new_id,
    sources,
    to_json,
)
from email_list.campaigns.feedback import FeedbackStore, Results
from email_list.campaigns.orders import Order, Orders
from email_list.campaigns.saved_drafts import Seen
from email_list.campaigns.store import CampaignStore, Move
from email_list.campaigns.sweeping import PlannerStarter, resume
from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError, InvalidError, NotFoundError
from email_list.fields import comparable
from email_list.mail.warnings import Warnings

MAX_KEY = 200
CAMPAIGNS_READ = 500
"""Campaigns that one page of a listing reads at most."""

_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Created:
    """A campaign that was created, the source of its letter, and what its author should know."""

    campaign: Campaign
    letter: Mapping[str, Any]
    warnings: Warnings


@dataclass(frozen=True)
class Wanted:
    """Which campaigns a listing has: those with a status, with some text in their subject, archived or not."""

    status: Status | None = None
    search: str = ""
    archived: bool = False

    def includes(self, campaign: Campaign) -> bool:
        return (
            campaign.archived is self.archived
            and self.status in (None, campaign.status)
            and comparable(self.search) in comparable(campaign.subject)
        )


class Desk:
    """Creates campaigns, shows them, and controls them."""

    def __init__(
        self,
        store: CampaignStore,
        feedback: FeedbackStore,
        orders: Orders,
        agenda: Agenda,
        starter: PlannerStarter,
        rate: Callable[[], float],
        archive_url: str | None,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._feedback = feedback
        self._rate = rate
        self._archive_url = archive_url
        self._orders = orders
        self._agenda = agenda
        self._starter = starter
        self._clock = clock

    def create(self, request: Mapping[str, Any], key: str | None = None, seen: Seen = lambda version: True) -> Created:
        """Store a campaign and start it: now, at `schedule_at` or, with `hold`, not until it is resumed.

        With a `draft`, letter and audience are the draft's, which is deleted once the campaign has them. Repeating the
        same request with the same `key` returns the same campaign: every step here notices that it was already taken.
        ConflictError if the key was used for another request, OvertakenError if the draft is not the version that was
        `seen`.
        """
        created, draft = self._repeated(request, key), None
        if created is None:
            wish, draft = self._orders.resolved(request, seen)
            created = self._made(wish, request, key)
        self._agenda.enter(created.campaign)
        if draft is not None:
            self._orders.done_with(draft)
        return created

    def get(self, campaign_id: str) -> Campaign:
        """NotFoundError if there is no such campaign."""
        campaign = self._store.get(campaign_id) if is_id(campaign_id) else None
        if campaign is None or campaign.sequence:
            raise NotFoundError("There is no such campaign.")
        return campaign

    def show(self, campaign: Campaign) -> dict[str, Any]:
        """The public shape of a campaign, with its current counts."""
        web_url = issues.web_url(self._archive_url, campaign) if campaign.public and self._archive_url else None
        return to_json(campaign, self._store.tally(campaign.id), web_url)

    def letter(self, campaign: Campaign) -> Mapping[str, Any] | None:
        """The source of a campaign's letter, as it was written."""
        return self._store.letter(campaign)

    def progress(self, campaign: Campaign) -> dict[str, Any]:
        """How fast a running campaign may send (recipients a second), and when it will finish at that pace.

        Both are None for a campaign that is not running; the end is None until everybody is planned.
        """
        if campaign.status not in RUNNING:
            return {"rate_per_second": None, "estimated_end": None}
        rate = self._rate()
        end = None
        if campaign.plan.complete:
            remaining = campaign.plan.people - self._store.tally(campaign.id).people
            end = iso(self._clock() + timedelta(seconds=remaining / rate))
        return {"rate_per_second": round(rate, 2), "estimated_end": end}

    def feedback(self, campaign: Campaign) -> dict[str, Any]:
        """What has come back about a campaign's emails: the `results`, and `engagement` over time since sending."""
        sums = self._feedback.sums(campaign.id)
        results = {**asdict(Results.of([sums])), "links": clicks.by_link(sums, self._store.links(campaign.id))}
        return {"results": results, "engagement": engagement.over_time(sums)}

    def page(self, limit: int, cursor: str | None, wanted: Wanted = Wanted()) -> dict[str, Any]:
        """One page of the campaigns that are wanted, newest first.

        A page ends at `limit` campaigns, or after a number of others: it may be short, or empty, with a cursor.
        """
        last = cursors.decode(cursor, parts=1)[0] if cursor else None
        found: list[Campaign] = []
        left = CAMPAIGNS_READ
        while left > 0 and (read := self._store.newest(limit + 1, last)):
            for campaign in filter(wanted.includes, read):
                if len(found) == limit:
                    return self._page(found, found[-1].id)
                found.append(campaign)
            last, left = read[-1].id, left - len(read)
        return self._page(found, last if left <= 0 else None)

    def _page(self, campaigns: Sequence[Campaign], last: str | None) -> dict[str, Any]:
        more = cursors.encode([last]) if last else None
        return {"campaigns": [self.show(campaign) for campaign in campaigns], "cursor": more}

    def pause(self, campaign_id: str) -> Campaign:
        """Send nothing more until it is resumed; calls to SES that have begun are completed."""
        reason = Reason(ReasonCode.REQUESTED, "An administrator paused the campaign.")
        return self._move(campaign_id, Move(Status.PAUSED, at=iso(self._clock()), reason=reason))

    def cancel(self, campaign_id: str) -> Campaign:
        """Never send anything more; the ledger tells who received it."""
        campaign = self._move(campaign_id, Move(Status.CANCELLED, at=iso(self._clock())))
        self._agenda.strike(campaign)
        return campaign

    def resume(self, campaign_id: str) -> Campaign:
        """Continue where the campaign was paused; one that has not begun waits for its moment if that is to come."""
        campaign = self.get(campaign_id)
        if campaign.cutoff is None and self._agenda.is_ahead(campaign):
            resumed = self._store.move(campaign_id, {Status.PAUSED}, Move(Status.SCHEDULED, at=iso(self._clock())))
            if resumed is not None:
                self._agenda.enter(resumed)
        else:
            resumed = resume(self._store, self._starter, campaign, self._clock)
        if resumed is None:
            raise _refusal(self.get(campaign_id), "resumed")
        return resumed

    def recipients(self, campaign_id: str, group: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
        """A page of the recipients in one group, or of all of them (`email_list.campaigns.recipients`)."""
        return recipients.page(self._store, self._feedback, self.get(campaign_id), group, limit, cursor)

    def _repeated(self, request: Mapping[str, Any], key: str | None) -> Created | None:
        """What an earlier request with the same key has made."""
        known = self._store.key(_hashed(key)) if key else None
        if known is None:
            return None
        campaign_id, fingerprint = known
        if fingerprint != _fingerprint(request):
            raise _reused(campaign_id)
        campaign = self._store.get(campaign_id)
        if campaign is None:
            return None
        letter = self._store.letter(campaign) or {}
        return Created(campaign, letter, self._orders.warnings(letter))

    def _made(self, wish: Mapping[str, Any], request: Mapping[str, Any], key: str | None) -> Created:
        """A new campaign, as it is wished for by a request; the one that is there, where another got as far."""
        order = self._orders.read(wish)
        campaign_id = self._id(request, key)
        letter = self._store.keep_letter(campaign_id, order.letter, clicks.links_of(order.composed.content.html))
        if letter != order.letter:
            # An attempt with this key broke off, and the draft was changed since.
            order = self._orders.read({name: wish[name] for name in wish if name not in LETTER} | dict(letter))
        # What dies from here on leaves a template that the sweeper knows of.
        self._store.expect(campaign_id)
        campaign = self._orders.keep(self._new_campaign(order, campaign_id), order.composed)
        if not self._store.create(campaign):
            campaign = self.get(campaign_id)
        return Created(campaign, letter, order.composed.warnings)

    def _id(self, request: Mapping[str, Any], key: str | None) -> str:
        fresh = new_id(self._clock())
        if not key:
            return fresh
        campaign_id, fingerprint = self._store.remember_key(_hashed(key), fresh, _fingerprint(request))
        if fingerprint != _fingerprint(request):
            raise _reused(campaign_id)
        return campaign_id

    def _new_campaign(self, order: Order, campaign_id: str) -> Campaign:
        now = iso(self._clock())
        status, reason = Status.PLANNING, None
        if order.hold:
            status = Status.PAUSED
            reason = Reason(ReasonCode.HELD, "The campaign is waiting for an administrator to resume it.")
        elif order.schedule_at:
            status = Status.SCHEDULED
        return Campaign(
            id=campaign_id,
            status=status,
            subject=order.composed.subject,
            audience=order.audience,
            variables=order.composed.content.variables,
            defaults=order.composed.content.defaults,
            created_at=now,
            updated_at=now,
            schedule_at=iso(order.schedule_at) if order.schedule_at else None,
            reason=reason,
            public=order.public,
        )

    def _move(self, campaign_id: str, move: Move) -> Campaign:
        campaign = self.get(campaign_id)
        moved = self._store.move(campaign_id, sources(move.to), move)
        if moved is None:
            raise _refusal(self.get(campaign.id), move.to.value)
        return moved


def _refusal(campaign: Campaign, wish: str) -> IllegalMoveError:
    message = f"The campaign is {campaign.status.value} and cannot be {wish}."
    return IllegalMoveError(message, details={"status": campaign.status.value})


def _hashed(key: str) -> str:
    if len(key) > MAX_KEY or not _PRINTABLE.fullmatch(key):
        message = f"An Idempotency-Key has at most {MAX_KEY} visible ASCII characters."
        raise InvalidError(message, details={"field": "Idempotency-Key"})
    return hashlib.sha256(key.encode()).hexdigest()


def _fingerprint(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def _reused(campaign_id: str) -> ConflictError:
    message = "This Idempotency-Key was used for another campaign."
    return ConflictError(message, code="idempotency_key_reused", details={"campaign_id": campaign_id})
