"""Editing: changing a campaign before any of it is planned, copying it, and hiding it from the list.

A planner may start while somebody edits. So an edit is one conditional write, which says how often the campaign was
edited before, and a scheduled campaign starts only if it was not edited since its planner read it: what is sent is
either the campaign before the edit, which is then refused, or the one after it. The letter of an edit becomes its own
SES template, so that no email is made from two letters.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from email_list.campaigns import clicks, saved_drafts
from email_list.campaigns.agenda import Agenda
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import EDITABLE, Campaign, IllegalMoveError, Status
from email_list.campaigns.orders import Orders, check_web_links
from email_list.campaigns.saved_drafts import DraftStore, SavedDraft
from email_list.campaigns.store import CampaignStore
from email_list.clock import Clock, iso, utc_now
from email_list.errors import ConflictError, EmailListError, InvalidError
from email_list.mail.letters import WEB_URL
from email_list.mail.warnings import Composed, Warnings


@dataclass(frozen=True)
class Edited:
    """A campaign after an edit, and what its author should know about its letter if that was replaced."""

    campaign: Campaign
    warnings: Warnings = ()


class Editor:
    """Changes campaigns that have not been sent yet."""

    def __init__(
        self, store: CampaignStore, orders: Orders, drafts: DraftStore, agenda: Agenda, clock: Clock = utc_now
    ) -> None:
        self._store = store
        self._orders = orders
        self._drafts = drafts
        self._agenda = agenda
        self._clock = clock

    def change(self, campaign: Campaign, request: Mapping[str, Any]) -> Edited:
        """Replace those of `letter`, `audience` and `schedule_at` that a request names, or set `archived` or `public`.

        ConflictError if it is too late for that.
        """
        if "archived" in request:
            return Edited(self._archive(campaign, request))
        if "public" in request:
            return Edited(self._publish(campaign, request))
        _require_editable(campaign)
        composed = self._orders.read_letter(request["letter"]) if "letter" in request else None
        edited = self._edited(campaign, request, composed)
        if composed is not None:
            check_web_links(composed, public=campaign.public)
            edited = self._orders.keep(edited, composed)
        links = clicks.links_of(composed.content.html) if composed is not None else ()
        stored = self._store.edit(campaign, edited, request.get("letter"), links)
        if composed is not None:
            self._orders.discard(campaign if stored else edited)
        if stored is None:
            raise self._overtaken(campaign)
        if "schedule_at" in request and stored.status is Status.SCHEDULED:
            self._agenda.move(stored)
        return Edited(stored, composed.warnings if composed else ())

    def duplicate(self, campaign: Campaign) -> SavedDraft:
        """A new draft with a campaign's letter and audience."""
        letter = self._store.letter(campaign)
        if letter is None:
            raise ConflictError("The source of this campaign's letter was not kept, so it cannot be copied.")
        audience = campaign.audience.to_json() if campaign.audience != Audience() else None
        document = {"title": campaign.subject, "letter": letter, "audience": audience}
        return saved_drafts.create(document, self._drafts, self._clock)

    def _edited(self, campaign: Campaign, request: Mapping[str, Any], composed: Composed | None) -> Campaign:
        edited = replace(campaign, edits=campaign.edits + 1, updated_at=iso(self._clock()))
        if composed is not None:
            edited = replace(
                edited,
                edition=secrets.token_hex(4),
                subject=composed.subject,
                variables=composed.content.variables,
                defaults=composed.content.defaults,
            )
        if "audience" in request:
            edited = replace(edited, audience=self._orders.audience(request))
        if "schedule_at" in request:
            moment = self._moment(campaign, request["schedule_at"])
            edited = replace(edited, schedule_at=iso(moment) if moment else None)
        return edited

    def _moment(self, campaign: Campaign, value: object) -> datetime | None:
        moment = self._orders.moment(value)
        if moment is None and campaign.status is Status.SCHEDULED:
            message = (
                "A scheduled campaign needs a time to start. To send it now, set the current time; otherwise cancel it."
            )
            raise InvalidError(message, details={"field": "schedule_at"})
        return moment

    def _archive(self, campaign: Campaign, request: Mapping[str, Any]) -> Campaign:
        archived = request["archived"]
        if not isinstance(archived, bool) or len(request) > 1:
            message = "archived must be true or false, and the only field."
            raise InvalidError(message, details={"field": "archived"})
        changed = self._store.archive(campaign.id, archived)
        if changed is None:
            message = f"The campaign is {campaign.status.value}; only a finished one can be archived."
            raise IllegalMoveError(message, details={"status": campaign.status.value})
        return changed

    def _publish(self, campaign: Campaign, request: Mapping[str, Any]) -> Campaign:
        if len(request) > 1:
            raise InvalidError("public must be the only field.", details={"field": "public"})
        public = self._orders.public(request)
        if not public and _links_to_web_version(campaign) and _is_editable(campaign):
            message = "The letter links to its web version, {{web_url}}. Take the link out of the letter first."
            raise ConflictError(message)
        titled = self._with_web_version(campaign) if public and not campaign.title else campaign
        changed = self._store.publish(titled, public)
        if changed is None:
            raise self._overtaken(campaign)
        return changed

    def _with_web_version(self, campaign: Campaign) -> Campaign:
        """A campaign from before the list had an archive, with a web version of its letter as that reads now."""
        try:
            composed = self._orders.read_letter(self._store.letter(campaign))
        except EmailListError as error:
            message = f"The letter of this campaign can no longer be rendered, so it cannot be public. {error.message}"
            raise ConflictError(message) from error
        return self._orders.keep_web_version(campaign, composed)

    def _overtaken(self, campaign: Campaign) -> ConflictError:
        present = self._store.get(campaign.id) or campaign
        _require_editable(present)
        message = "Someone else changed the campaign at the same time. Read it again, then change it."
        return ConflictError(message)


def _is_editable(campaign: Campaign) -> bool:
    return campaign.status in EDITABLE and campaign.cutoff is None


def _links_to_web_version(campaign: Campaign) -> bool:
    return any(name.startswith(WEB_URL) for names in campaign.variables.values() for name in names)


def _require_editable(campaign: Campaign) -> None:
    if not _is_editable(campaign):
        message = f"The campaign is {campaign.status.value} and has begun: it can no longer be changed."
        if campaign.status is Status.PAUSED:
            message = "The campaign was paused after it had begun: it can no longer be changed. Cancel it instead."
        raise IllegalMoveError(message, details={"status": campaign.status.value})
