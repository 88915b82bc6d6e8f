"""What a function is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ListSettings:
    """The list as its subscribers know it.

    `sender` is the value of a From header, `public_url` the address of the HTTP API without a slash at its end.
    """

    name: str
    postal_address: str
    sender: str
    reply_to: str | None
    public_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ListSettings":
        """KeyError names the variable that the program did not set."""
        return cls(
            name=environment["LIST_NAME"],
            postal_address=environment["POSTAL_ADDRESS"],
            sender=environment["SENDER"],
            reply_to=environment.get("REPLY_TO") or None,
            public_url=environment["PUBLIC_URL"],
        )
