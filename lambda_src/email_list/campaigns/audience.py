"""Audiences: whom a campaign is for, among the active subscribers."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from email_list import fields
from email_list.errors import InvalidError
from email_list.people.subscribers import AttributeValue, Subscriber

MAX_TOPICS = 50
MAX_TOPIC = 64


@dataclass(frozen=True)
class Audience:
    """People with at least one of `topics` and with all of `attributes`; empty means everybody.

    Values are compared as described in `fields.comparable`.
    """

    topics: Sequence[str] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)

    @classmethod
    def from_request(cls, value: object) -> "Audience":
        """Parse `{"topics": [...], "attributes": {...}}`. InvalidError names what is wrong."""
        if value is None:
            return cls()
        if not isinstance(value, Mapping):
            raise InvalidError("audience must be an object.", details={"field": "audience"})
        unknown = sorted(str(name)[:40] for name in value.keys() - {"topics", "attributes"})
        if unknown:
            # A filter that is not understood must not become an email to everybody.
            raise InvalidError(
                f"audience takes topics and attributes, not {', '.join(unknown)}.", details={"field": "audience"}
            )
        return cls(_topics(value.get("topics")), fields.attributes(value.get("attributes")))

    def includes(self, person: Subscriber) -> bool:
        """Whether the campaign is for this person, regardless of their status."""
        if self.topics and not self._topics & set(map(fields.comparable, person.topics)):
            return False
        held = person.attributes
        return all(name in held and fields.comparable(held[name]) == wanted for name, wanted in self._attributes)

    @cached_property
    def _topics(self) -> Set[str]:
        return frozenset(map(fields.comparable, self.topics))

    @cached_property
    def _attributes(self) -> Sequence[tuple[str, str]]:
        return [(name, fields.comparable(value)) for name, value in self.attributes.items()]

    def to_json(self) -> dict[str, Any]:
        """The shape that `from_request` parses."""
        return {"topics": list(self.topics), "attributes": dict(self.attributes)}


@dataclass(frozen=True)
class WalkPage:
    """Consecutive people of a walk through the list; `more` says whether others may follow."""

    people: Sequence[Subscriber]
    more: bool


def _topics(value: object) -> Sequence[str]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MAX_TOPICS:
        raise InvalidError(
            f"audience.topics must be a list of at most {MAX_TOPICS} topics.", details={"field": "audience.topics"}
        )
    return tuple(fields.single_line(topic, "audience.topics", MAX_TOPIC, required=True) for topic in value)
