"""Audiences: whom a campaign is for; `email_list.campaigns.choosing` knows which active subscribers these are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from email_list.people.subscribers import AttributeValue, Subscriber


@dataclass(frozen=True)
class Audience:
    """People with at least one of `topics`, with all of `attributes`, and chosen by `filter`, a tree; without any of
    these, everybody.

    A filter may come from a saved segment, which `segment` names: the filter is a copy of its own, so that nothing that
    happens to the segment changes an audience. Values are compared as `fields.comparable` says.
    """

    topics: Sequence[str] = ()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    filter: Mapping[str, Any] | None = None
    segment: str = ""

    def to_json(self) -> dict[str, Any]:
        """The shape that `choosing.read` reads."""
        return {
            "topics": list(self.topics),
            "attributes": dict(self.attributes),
            **({"filter": self.filter} if self.filter else {}),
            **({"segment": self.segment} if self.segment else {}),
        }


@dataclass(frozen=True)
class WalkPage:
    """Consecutive people of a walk through the list; `more` says whether others may follow."""

    people: Sequence[Subscriber]
    more: bool
