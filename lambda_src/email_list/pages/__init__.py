"""The pages a subscriber sees: plain HTML that needs no script, in the list's name, colours and language.

Every function returns a finished `Response`. An `action_url` is where a page's form goes; give it relative to
the page (`confirm`, not `https://...`) so that it stays on the origin the page came from, which is all that
the page's security policy lets a form reach. A form sends the link's token in the field `token`, and the
language it was shown in, in `language`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from email_list import addresses, fields
from email_list.errors import EmailListError, InvalidError, MalformedError
from email_list.http import Response
from email_list.pages.rendering import page, render
from email_list.pages.texts import language, plain
from email_list.pages.theme import Theme
from email_list.people.sources import API, FORM
from email_list.people.subscribers import SUPPRESSED, UNSUBSCRIBE_REASONS, Status, Subscriber
from email_list.settings import Topic

__all__ = [
    "HONEYPOT_FIELD",
    "MAX_COMMENT",
    "Action",
    "FieldError",
    "Problem",
    "Theme",
    "already_subscribed",
    "check_inbox",
    "chosen_topics",
    "confirm",
    "confirmed",
    "consent_wording",
    "data",
    "data_link_sent",
    "embed_snippet",
    "erased",
    "language",
    "name_saved",
    "preferences",
    "problem",
    "subscribe_form",
    "subscribed",
    "topic_field",
    "tracking_wording",
    "unsubscribe",
    "unsubscribed",
]

HONEYPOT_FIELD = "homepage"
"""A field that no person sees and no browser fills in by itself: whatever fills it in is a program."""

MAX_COMMENT = 500
"""Characters of a reader's own words on leaving."""


class Action(StrEnum):
    """Values of the field `action`, if a page has several buttons.

    On the preferences page, `DOWNLOAD` and `ERASE` ask for the link to the data page, whose buttons do it.
    """

    SAVE = "save"
    COME_BACK = "come_back"
    DOWNLOAD = "download"
    ERASE = "erase"

    @classmethod
    def pressed(cls, value: str) -> "Action":
        """The button that a form names. MalformedError for none there is."""
        if value not in list(cls):
            raise MalformedError("The form has no known action.")
        return cls(value)


class FieldError(StrEnum):
    """What is wrong with a field of a form."""

    INVALID_ADDRESS = "invalid_address"
    TOO_LONG = "too_long"
    ADDRESS_IN_NAME = "address_in_name"
    CAPTCHA_FAILED = "captcha_failed"

    @classmethod
    def of_name(cls, error: InvalidError) -> "FieldError":
        """What is wrong with a name."""
        return cls(error.code) if error.code in list(cls) else cls.TOO_LONG


class Problem(StrEnum):
    """What kept us from doing what was asked; if an `EmailListError` has a code for it, this is it."""

    EXPIRED_LINK = "expired_link"
    EXPIRED_DATA_LINK = "expired_data_link"
    INVALID_LINK = "invalid_link"
    INVALID_ADDRESS = "invalid_address"
    TOO_MANY_REQUESTS = "too_many_requests"
    NOT_FOUND = "not_found"
    NOT_PUBLIC = "not_public"
    TRY_LATER = "try_later"
    FORM_ERROR = "form_error"

    @classmethod
    def of(cls, error: EmailListError) -> "Problem":
        """What an error is reported as."""
        if error.code in list(cls):
            return cls(error.code)
        if error.status >= 500:
            return cls.TRY_LATER
        return cls.NOT_FOUND if error.status == 404 else cls.FORM_ERROR


def topic_field(topic: Topic) -> str:
    """The name of a topic's checkbox. Each has its own, so that a form never contains a field twice."""
    return f"topic.{topic.name}"


def chosen_topics(form: Mapping[str, str], topics: Sequence[Topic]) -> list[str]:
    """The names of the topics that are ticked in a form sent by one of these pages, in the list's order."""
    return [topic.name for topic in topics if topic_field(topic) in form]


def consent_wording(theme: Theme) -> str:
    """What a person agrees to by signing up: the text the pages show, and so the one to store as evidence."""
    return plain(theme.language, "consent.wording", list_name=theme.list_name)


def tracking_wording(theme: Theme) -> str:
    """What a person agrees to if they let their opens and clicks be known; stored as evidence."""
    return plain(theme.language, "tracking.wording", list_name=theme.list_name)


def subscribe_form(
    theme: Theme,
    action_url: str,
    topics: Sequence[Topic],
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, FieldError] | None = None,
    captcha_site_key: str | None = None,
) -> Response:
    """The sign-up form, empty or, with the status 400, as it was sent (`values`) and what is wrong with it.

    `errors` may name `email`, `name` and `captcha`. With a site key, the form contains Cloudflare's Turnstile widget,
    the only thing here that needs a script; its answer arrives in the field `cf-turnstile-response`.
    """
    return page(
        "subscribe",
        theme,
        400 if errors else 200,
        indexable=True,
        captcha_site_key=captcha_site_key,
        errors=errors,
        **sign_up_fields(theme, action_url, topics, values or {}),
    )


def embed_snippet(theme: Theme, action_url: str, topics: Sequence[Topic], captcha_site_key: str | None = None) -> str:
    """The sign-up form to paste into any site, in that site's style. `action_url` must be absolute here."""
    context = sign_up_fields(theme, action_url, topics, {})
    return render("embed", theme, captcha_site_key=captcha_site_key, **context)


def sign_up_fields(
    theme: Theme, action_url: str, topics: Sequence[Topic], values: Mapping[str, str], source: str = ""
) -> dict[str, Any]:
    return {
        "action_url": action_url,
        "topics": [_choice(topic, topic_field(topic) in values) for topic in topics],
        "values": {"email": values.get("email", ""), "name": values.get("name", "")},
        "tracking": {"wording": tracking_wording(theme), "chosen": "tracking" in values},
        "consent": consent_wording(theme),
        "honeypot": HONEYPOT_FIELD,
        "source": source,
        "max_address": addresses.MAX_LENGTH,
        "max_name": fields.MAX_NAME,
    }


def _choice(topic: Topic, chosen: bool) -> dict[str, Any]:
    return {
        "field": topic_field(topic),
        "name": topic.name,
        "description": topic.description,
        "chosen": chosen,
    }


def check_inbox(theme: Theme) -> Response:
    """The one response to every sign-up with double opt-in: nobody learns from it who is on the list."""
    return _notice(theme, "check_inbox", icon="mail", status=202)


def subscribed(theme: Theme) -> Response:
    """Signed up at once, if double opt-in is off."""
    return _notice(theme, "subscribed", icon="done")


def already_subscribed(theme: Theme) -> Response:
    """The address is already on the list; said only if double opt-in is off."""
    return _notice(theme, "already_subscribed", icon="done", status=409)


def confirm(theme: Theme, action_url: str, token: str, wanted: Subscriber) -> Response:
    """Shows what a sign-up asked for, and asks for the click that completes it; opening the page does nothing."""
    consent = consent_wording(theme)
    source = "" if wanted.source in (FORM, API) else wanted.source
    return page("confirm", theme, action_url=action_url, token=token, wanted=wanted, source=source, consent=consent)


def confirmed(theme: Theme, preferences_url: str) -> Response:
    """The sign-up is complete."""
    return _notice(theme, "confirmed", icon="done", link=preferences_url)


def unsubscribe(theme: Theme, action_url: str, token: str, email: str, preferences_url: str | None = None) -> Response:
    """Asks for the click that unsubscribes `email` and, if the reader likes, for the reason.

    The form has the fields `reason` (one of UNSUBSCRIBE_REASONS, or absent) and `comment`. With a preferences link, it
    offers to choose topics instead of leaving.
    """
    return page(
        "unsubscribe",
        theme,
        action_url=action_url,
        token=token,
        email=email,
        preferences_url=preferences_url,
        reasons=UNSUBSCRIBE_REASONS,
        max_comment=MAX_COMMENT,
    )


def unsubscribed(theme: Theme, resubscribe_url: str) -> Response:
    """The reader has left, now or before."""
    return _notice(theme, "unsubscribed", icon="done", link=resubscribe_url)


def preferences(
    theme: Theme,
    action_url: str,
    token: str,
    subscriber: Subscriber,
    topics: Sequence[Topic],
    *,
    unsubscribe_url: str | None = None,
    saved: bool = False,
    returned: bool = False,
) -> Response:
    """A person's name, and their topics to choose; the buttons say which `Action`. Somebody who left may come back.

    Without an unsubscribe link (someone who has left), the page offers no leaving; somebody to whom nothing is mailed
    any more is told whom to ask for their data.
    """
    return page(
        "preferences",
        theme,
        action_url=action_url,
        token=token,
        subscriber=subscriber,
        topics=[_choice(topic, topic.name in subscriber.topics) for topic in topics],
        tracking={"wording": tracking_wording(theme), "chosen": subscriber.tracked},
        unsubscribe_url=unsubscribe_url,
        saved=saved,
        returned=returned,
        has_left=subscriber.status is Status.UNSUBSCRIBED,
        reachable=subscriber.status not in SUPPRESSED,
        actions=Action,
    )


def data_link_sent(theme: Theme) -> Response:
    """The link to the data page is on its way to the person's inbox."""
    return _notice(theme, "data_link_sent", icon="mail")


def data(
    theme: Theme,
    action_url: str,
    token: str,
    subscriber: Subscriber,
    errors: Mapping[str, FieldError] | None = None,
) -> Response:
    """Where a person downloads, corrects or erases what is stored about them; the buttons say which `Action`.

    To show a refused form as it was sent, give the subscriber with that name and `errors` (for `name`); the status is
    400 then.
    """
    return page(
        "data",
        theme,
        400 if errors else 200,
        action_url=action_url,
        token=token,
        subscriber=subscriber,
        errors=errors,
        actions=Action,
        max_name=fields.MAX_NAME,
    )


def name_saved(theme: Theme) -> Response:
    """The person has another name now."""
    return _notice(theme, "name_saved", icon="done")


def erased(theme: Theme) -> Response:
    """Everything about the person is gone."""
    return _notice(theme, "erased", icon="done")


def problem(theme: Theme, status: int, kind: Problem, action_url: str | None = None) -> Response:
    """What went wrong and what to do next, with a link to where that can be done: usually the sign-up form."""
    return _notice(theme, f"problem.{kind}", icon="problem", status=status, link=action_url)


def _notice(theme: Theme, key: str, *, icon: str, status: int = 200, link: str | None = None) -> Response:
    return page("notice", theme, status, key=key, icon=icon, link=link)
