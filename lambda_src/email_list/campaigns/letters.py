"""Where campaigns and letters meet: one recipient's letter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from email_list.campaigns import issues
from email_list.campaigns.campaign import Campaign
from email_list.mail import letters
from email_list.mail.letters import Content
from email_list.people.links import Links
from email_list.people.subscribers import Subscriber
from email_list.settings import ListSettings


@dataclass(frozen=True)
class Letter:
    """What makes a newsletter one person's own: the address, its template data and its headers."""

    email: str
    values: Mapping[str, Any]
    headers: Mapping[str, str]


class Writer:
    """Writes the letters of one list's campaigns."""

    def __init__(self, settings: ListSettings, links: Links) -> None:
        self._settings = settings
        self._links = links

    def letter(self, campaign: Campaign, person: Subscriber) -> Letter:
        """The letter of one recipient."""
        unsubscribe_url = self._links.unsubscribe(person.email, person.nonce)
        # SES has the parts; what is needed here is which values they want.
        content = Content("", "", "", campaign.variables, campaign.defaults)
        web_url = issues.web_url(self._settings.public_url, campaign) if campaign.public else ""
        preferences_url = self._links.preferences(person.email, person.nonce)
        return Letter(
            email=person.email,
            values=letters.template_data(content, person, unsubscribe_url, preferences_url, web_url),
            headers=letters.headers(self._settings, unsubscribe_url),
        )
