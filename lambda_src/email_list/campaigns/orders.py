"""Orders: what an administrator asks to be sent, parsed and validated, and its content stored with SES."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from contract import LETTER
from email_list import fields
from email_list.campaigns import choosing, saved_drafts
from email_list.campaigns.audience import Audience
from email_list.campaigns.campaign import Campaign
from email_list.campaigns.letters import Letter
from email_list.campaigns.saved_drafts import DraftStore, SavedDraft, Seen
from email_list.campaigns.web_rendering import WebVersions
from email_list.clock import Clock, from_iso, utc_now
from email_list.errors import EmailListError, InvalidError
from email_list.mail import writing
from email_list.mail.handlebars.tree import TemplateSyntaxError
from email_list.mail.letters import WEB_URL, Content
from email_list.mail.warnings import Composed, Warnings
from email_list.people.segments import FindFilter
from email_list.people.subscribers import Status, Subscriber

T = TypeVar("T")

SOONEST = timedelta(minutes=-1)
LATEST = timedelta(days=365)

REQUEST_FIELDS = frozenset({*LETTER, "audience", "schedule_at", "hold", "public"})


class Press(Protocol):
    """The part of SES that keeps and renders content (`email_list.aws.ses_press`, or a fake in tests)."""

    def store(self, template: str, content: Content) -> None:
        """Keep content as a template; nothing happens if it exists already."""
        ...

    def discard(self, template: str) -> None: ...

    def check(self, template: str, letter: Letter) -> None:
        """Render a template with sample values. InvalidError says why it cannot be rendered."""
        ...


@dataclass(frozen=True)
class Order:
    """A request for a campaign, parsed and found valid. `letter` is its source as it was written."""

    letter: Mapping[str, Any]
    composed: Composed
    audience: Audience
    schedule_at: datetime | None
    hold: bool
    public: bool


class Orders:
    """Parses requests, and has SES store the content of what is to be sent."""

    def __init__(
        self,
        compose: Callable[[Mapping[str, Any]], Composed],
        write: Callable[[Campaign, Subscriber], Letter],
        press: Press,
        drafts: DraftStore,
        find_filter: FindFilter,
        web: WebVersions | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._compose = compose
        self._write = write
        self._press = press
        self._drafts = drafts
        self._find_filter = find_filter
        self._web = web
        self._clock = clock

    def resolved(self, request: Mapping[str, Any], seen: Seen) -> tuple[Mapping[str, Any], SavedDraft | None]:
        """A request whose letter and, unless it names one itself, audience are those of the draft that it names."""
        name = request.get("draft")
        given = {field: request[field] for field in request if field != "draft"}
        if name is None:
            return given, None
        if not isinstance(name, str):
            raise InvalidError("draft must be the id of a draft.", details={"field": "draft"})
        beside = sorted(set(LETTER) & request.keys())
        if beside:
            message = f"The letter is the draft's; leave out {beside[0]}, or draft."
            raise InvalidError(message, details={"field": beside[0]})
        draft = saved_drafts.find_seen(name, seen, self._drafts)
        return {"audience": draft.audience, **given, **(draft.letter or {})}, draft

    def done_with(self, draft: SavedDraft) -> None:
        """Delete a draft that was sent. One that was changed in the meantime stays: what it says now was not sent."""
        self._drafts.delete(draft)

    def read(self, request: Mapping[str, Any]) -> Order:
        """InvalidError names the field that is wrong, or says by part and line what is wrong with the letter."""
        unknown = sorted(str(name)[:40] for name in request.keys() - REQUEST_FIELDS)
        if unknown:
            raise InvalidError(f"A campaign has no field {', '.join(unknown)}.", details={"field": unknown[0]})
        letter = {name: request[name] for name in LETTER if name in request}
        composed = self.read_letter(letter)
        public = self.public(request)
        check_web_links(composed, public=public)
        audience, moment = self.audience(request), self.moment(request.get("schedule_at"))
        return Order(letter, composed, audience, moment, self.hold(request), public)

    def read_letter(self, letter: object) -> Composed:
        """A letter, complete and valid for sending, from its source."""
        return self.examined(letter, self._compose)

    def examined(self, letter: object, examine: Callable[[Mapping[str, Any]], T]) -> T:
        """The result for a letter that can be stored. InvalidError and TooLargeError say why one cannot."""
        source = writing.checked_source(letter)
        fields.kept_json(source, "letter")
        return examine(source)

    def audience(self, request: Mapping[str, Any]) -> Audience:
        """Whom a campaign is for. NotFoundError if there is no such segment."""
        return choosing.read(request.get("audience"), self._find_filter)

    def hold(self, request: Mapping[str, Any]) -> bool:
        """Whether a campaign should wait until it is resumed."""
        hold = request.get("hold", False)
        if not isinstance(hold, bool):
            raise InvalidError("hold must be true or false.", details={"field": "hold"})
        return hold

    def public(self, request: Mapping[str, Any]) -> bool:
        """Whether everybody may read a campaign's web version."""
        public = request.get("public", False)
        if not isinstance(public, bool):
            raise InvalidError("public must be true or false.", details={"field": "public"})
        if public and self._web is None:
            message = "This list has no archive, so no campaign can be public: set the configuration key archive first."
            raise InvalidError(message, details={"field": "public"})
        return public

    def warnings(self, letter: Mapping[str, Any]) -> Warnings:
        """What the author should know about a letter that was once found valid; nothing if it no longer is."""
        try:
            return self._compose(letter).warnings
        except EmailListError:
            return ()

    def moment(self, value: object) -> datetime | None:
        """When a campaign should start. InvalidError for what is not a moment, or one too far away."""
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError
            moment = from_iso(value)
        except (ValueError, OverflowError) as error:
            message = "schedule_at must be a moment such as 2026-12-24T08:00:00+01:00, with its offset from UTC."
            raise InvalidError(message, details={"field": "schedule_at"}) from error
        now = self._clock()
        if not now + SOONEST <= moment <= now + LATEST:
            raise InvalidError(
                f"schedule_at must be in the future, at most {LATEST.days} days.", details={"field": "schedule_at"}
            )
        return moment

    def keep(self, campaign: Campaign, composed: Composed) -> Campaign:
        """Store a campaign's content with SES, if it can be rendered, and its web version, if the list has an archive;
        returns the campaign as the archive titles it."""
        self._press.store(campaign.template, composed.content)
        try:
            self._press.check(campaign.template, self._write(campaign, _sample("someone@example.com")))
        except InvalidError:
            self._press.discard(campaign.template)
            raise
        return self.keep_web_version(campaign, composed)

    def keep_web_version(self, campaign: Campaign, composed: Composed) -> Campaign:
        """Store the web version of a campaign, if the list has an archive; returns the campaign as it is titled."""
        if self._web is None:
            return replace(campaign, title="", summary="")
        return self._web.keep(campaign, composed)

    def discard(self, campaign: Campaign) -> None:
        """Content that no email needs."""
        self._press.discard(campaign.template)
        if self._web:
            self._web.discard(campaign)


def check_web_links(composed: Composed, *, public: bool) -> None:
    """TemplateSyntaxError if a letter links to its web version, which only a public campaign has."""
    for part, variable in composed.uses:
        if variable.path[0] == WEB_URL and not public:
            reason = "{{web_url}} leads to the web version, which this campaign does not have: make the campaign "
            raise TemplateSyntaxError(reason + "public, or take the link out.", variable.at, part)


def _sample(email: str) -> Subscriber:
    """Someone who is not on the list."""
    return Subscriber(email=email, status=Status.ACTIVE, subscribed_date="")
