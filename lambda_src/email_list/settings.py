"""What a function is told by its environment. KeyError names a variable that the program did not set."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Topic:
    """A public interest that a subscriber can switch on or off; `name` is shown and stored."""

    name: str
    description: str = ""


@dataclass(frozen=True)
class ListSettings:
    """The list as its subscribers know it.

    `sender` is the value of a From header, `public_url` the address of the HTTP API without a slash at its end,
    `language` the one of its pages and mails.
    """

    name: str
    postal_address: str
    sender: str
    reply_to: str | None
    public_url: str
    language: str = "en"
    accent_color: str = "#1a5fb4"
    privacy_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Environment) -> "ListSettings":
        """Read the variables that every function which speaks to subscribers is given."""
        return cls(
            name=environment["LIST_NAME"],
            postal_address=environment["POSTAL_ADDRESS"],
            sender=environment["SENDER"],
            reply_to=environment.get("REPLY_TO") or None,
            public_url=environment["PUBLIC_URL"],
            language=environment.get("LANGUAGE_TAG") or cls.language,
            accent_color=environment.get("ACCENT_COLOR") or cls.accent_color,
            privacy_url=environment.get("PRIVACY_URL") or None,
        )


def topics(environment: Environment) -> Sequence[Topic]:
    """The topics this list offers, in the order in which they are shown."""
    return [Topic(**topic) for topic in json.loads(environment.get("TOPICS") or "[]")]


@dataclass(frozen=True)
class SignUpPolicy:
    """How a stranger may join: the confirmation's terms, and how much one source may ask for."""

    double_opt_in: bool
    cooldown: timedelta
    per_ip_and_hour: int

    @classmethod
    def from_environment(cls, environment: Environment) -> "SignUpPolicy":
        """Read the variables of the functions that take sign-ups."""
        return cls(
            double_opt_in=environment["DOUBLE_OPT_IN"] == "true",
            cooldown=timedelta(minutes=int(environment["CONFIRMATION_COOLDOWN_MINUTES"])),
            per_ip_and_hour=int(environment["SIGNUPS_PER_IP_AND_HOUR"]),
        )
