"""The archive: the public campaigns that were sent, for everybody to read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from email_list import cursors
from email_list.campaigns import issues
from email_list.campaigns.campaign import Campaign, Status
from email_list.campaigns.web_version import WebVersion
from email_list.errors import NotFoundError

WINDOW = 100
"""Campaigns that one page looks at: those created one after another, which were rarely sent in another order."""

MAX_WINDOWS = 5
MAX_LISTED = 500
"""Issues of which search engines are told."""


class NotPublicError(NotFoundError):
    """Nothing public is at this address, or no longer."""

    code = "not_public"


@dataclass(frozen=True)
class Page:
    """Some issues, the latest first; `cursor` continues with older ones, None at the end."""

    issues: Sequence[Campaign]
    cursor: str | None


class Archive:
    """Reads the archive. `get` gives a campaign by its id, `newest` so many campaigns before an id, newest first, and
    `kept` the web version of a letter."""

    def __init__(
        self,
        get: Callable[[str], Campaign | None],
        newest: Callable[[int, str | None], Sequence[Campaign]],
        kept: Callable[[str], bytes | None],
    ) -> None:
        self._get = get
        self._newest = newest
        self._kept = kept

    def issue(self, slug: str) -> tuple[Campaign, WebVersion]:
        """The public campaign at an address, sent or about to be, with its web version."""
        campaign_id = issues.id_of(slug)
        campaign = self._get(campaign_id) if campaign_id else None
        kept = self._kept(campaign.template) if campaign and campaign.public else None
        if campaign is None or kept is None:
            raise NotPublicError("There is no public campaign at this address, or no longer.")
        return campaign, WebVersion.read(kept)

    def page(self, cursor: str | None = None) -> Page:
        """The issues among the next campaigns, by when they were sent. A page is empty only at the end, or where few
        campaigns are public."""
        last = cursors.decode(cursor, parts=1)[0] if cursor else None
        for _ in range(MAX_WINDOWS):
            # One more than the window shows whether there are older ones.
            read = self._newest(WINDOW + 1, last)
            window = read[:WINDOW]
            last = window[-1].id if len(read) > WINDOW else None
            found = sorted(filter(_is_issue, window), key=sent_at, reverse=True)
            if found or last is None:
                break
        return Page(found, cursors.encode([last]) if last else None)

    def latest(self) -> Sequence[Campaign]:
        """As many of the latest issues as search engines are told of."""
        found, page = list[Campaign](), Page((), None)
        for _ in range(MAX_LISTED // WINDOW):
            page = self.page(page.cursor)
            found += page.issues
            if page.cursor is None:
                break
        return found[:MAX_LISTED]


def sent_at(campaign: Campaign) -> str:
    """When readers got an issue."""
    return campaign.cutoff or campaign.created_at


def _is_issue(campaign: Campaign) -> bool:
    return campaign.public and campaign.status is Status.SENT
