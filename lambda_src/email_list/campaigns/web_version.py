"""The web version of a letter: what the archive shows, the same to everybody."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class WebVersion:
    """A letter for the web. `styles` is CSS, `attributes` are those of the letter's body and `body` is its HTML;
    `picture` is the address of its first picture."""

    title: str
    summary: str
    language: str
    direction: str
    styles: str
    attributes: Mapping[str, str]
    body: str
    picture: str

    @classmethod
    def read(cls, kept: bytes) -> "WebVersion":
        return cls(**json.loads(kept))

    def to_bytes(self) -> bytes:
        """The web version as it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()
