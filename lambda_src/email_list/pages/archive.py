"""The pages of the archive: the list of issues, and each issue with its letter. They are the same to everybody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from email_list.campaigns.web_version import WebVersion
from email_list.http import Response
from email_list.pages import sign_up_fields
from email_list.pages.rendering import around_letter, page
from email_list.pages.texts import plain
from email_list.pages.theme import Theme
from email_list.settings import Topic
from email_list.words import date_in_words, languages

SOURCE = "archive"
"""Where people come from who sign up here."""


@dataclass(frozen=True)
class Entry:
    """An issue. `url` is absolute, `moment` says when it was sent (ISO 8601), `day` by the list's clocks."""

    id: str
    title: str
    summary: str
    url: str
    moment: str
    day: date


@dataclass(frozen=True)
class Site:
    """What all pages of the archive share. `public_url` is how their addresses begin, `noindex` asks search engines to
    leave them out."""

    theme: Theme
    public_url: str
    noindex: bool = False

    @property
    def archive_url(self) -> str:
        return f"{self.public_url}/archive"

    @property
    def feed_url(self) -> str:
        return f"{self.public_url}/archive.atom"

    @property
    def subscribe_url(self) -> str:
        return f"{self.public_url}/subscribe"

    @property
    def lead(self) -> str:
        """What the archive is, in a sentence."""
        return self.theme.description or plain(self.theme.language, "archive.lead", list_name=self.theme.list_name)

    def links(self) -> dict[str, Any]:
        """What every template of the archive reads."""
        return {
            "archive_url": self.archive_url,
            "feed_url": self.feed_url,
            "subscribe_url": self.subscribe_url,
            "noindex": self.noindex,
        }


def listing(site: Site, entries: Sequence[Entry], cursor: str | None, older: str | None) -> Response:
    """A page of the list, that of a cursor; `older` is the next page's."""
    return page(
        "archive",
        site.theme,
        indexable=not site.noindex,
        title=site.theme.list_name,
        summary=site.lead,
        url=_page_url(site, cursor),
        picture=site.theme.logo_url,
        entries=entries,
        in_words=partial(date_in_words, site.theme.language, "date"),
        older_url=_page_url(site, older) if older else None,
        is_first=cursor is None,
        **site.links(),
    )


def _page_url(site: Site, cursor: str | None) -> str:
    return f"{site.archive_url}?cursor={cursor}" if cursor else site.archive_url


def issue(site: Site, entry: Entry, version: WebVersion, topics: Sequence[Topic], *, captcha: bool) -> Response:
    """An issue: its letter, above a sign-up form or, where that takes a captcha's script, a link to it."""
    language = version.language if version.language in languages() else site.theme.language
    theme = replace(site.theme, language=language)
    return around_letter(
        "issue",
        theme,
        indexable=not site.noindex,
        title=entry.title,
        summary=entry.summary or site.lead,
        url=entry.url,
        picture=version.picture or theme.logo_url,
        entry=entry,
        day=date_in_words(language, "date", entry.day),
        version=version,
        has_heading="<h1" in version.body,
        captcha=captcha,
        # Relative, as forms of a page may only lead to where the page came from.
        **sign_up_fields(theme, "../subscribe", topics, {}, SOURCE),
        **site.links(),
    )
