"""What a function is told by its environment, and by the file that ships with its code.

KeyError names what the program did not set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Topic:
    """A public interest that subscribers can turn on or off; `name` is shown and stored."""

    name: str
    description: str = ""


@dataclass(frozen=True)
class ListSettings:
    """The list as its subscribers know it.

    `sender` is the value of a From header, `public_url` the address of the HTTP API without a trailing slash,
    `language` the language of its pages and emails, `track_engagement` whose opens and clicks are known: `nobody`'s,
    `everybody`'s, or those of the `consenting`, who are asked. With an `archive`, campaigns can be made public;
    `archive_noindex` asks search engines to leave it out.
    """

    name: str
    postal_address: str
    sender: str
    reply_to: str | None
    public_url: str
    language: str = "en"
    accent_color: str = "#1a5fb4"
    privacy_url: str | None = None
    logo_url: str | None = None
    website_url: str | None = None
    description: str | None = None
    track_engagement: str = "nobody"
    archive: bool = False
    archive_noindex: bool = False

    @classmethod
    def from_document(cls, document: Mapping[str, Any], public_url: str) -> "ListSettings":
        """Read what the configuration says about the list (`ListConfig.list_document` in components/config.py)."""
        return cls(
            name=document["name"],
            postal_address=document["postal_address"],
            sender=document["sender"],
            reply_to=document["reply_to"],
            public_url=public_url,
            language=document["language"],
            accent_color=document["accent_color"],
            privacy_url=document["privacy_url"],
            logo_url=document["logo_url"],
            website_url=document["website_url"],
            description=document["description"],
            track_engagement=document["track_engagement"],
            archive=document["archive"],
            archive_noindex=document["archive_noindex"],
        )


def may_track(settings: ListSettings, *, consents: bool) -> bool:
    """Whether somebody's emails report opens and clicks, who does or does not consent to it."""
    return {"everybody": True, "consenting": consents}.get(settings.track_engagement, False)


def topics(document: Mapping[str, Any]) -> Sequence[Topic]:
    """The topics this list offers, in the order in which they are shown."""
    return [Topic(**topic) for topic in document["topics"]]


@dataclass(frozen=True)
class SignUpPolicy:
    """How strangers may join: the terms of the confirmation, and how much one source may ask for."""

    double_opt_in: bool
    cooldown: timedelta
    per_ip_and_hour: int

    @classmethod
    def from_environment(cls, environment: Environment) -> "SignUpPolicy":
        """Read the variables of the functions that accept sign-ups."""
        return cls(
            double_opt_in=environment["DOUBLE_OPT_IN"] == "true",
            cooldown=timedelta(minutes=int(environment["CONFIRMATION_COOLDOWN_MINUTES"])),
            per_ip_and_hour=int(environment["SIGNUPS_PER_IP_AND_HOUR"]),
        )
