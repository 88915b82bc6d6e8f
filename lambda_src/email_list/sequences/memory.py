"""What sequences know about one person: for that person to see, and to be forgotten."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from email_list.sequences.places import ERASED, Change, Group, Place

if TYPE_CHECKING:
    from email_list.campaigns.history import History
    from email_list.sequences.sequence import Sequence as Series


class Places(Protocol):
    """The part of the store of places that is about one person (`email_list.aws.place_table`)."""

    def of(self, email: str) -> Sequence[Place]: ...

    def move(self, changes: Sequence[Change]) -> None: ...

    def remove(self, place: Place) -> None: ...


class Eraser(Protocol):
    """What takes an address out of batches (`email_list.aws.campaign_traces`)."""

    def erase(self, campaign_id: str, first: int, last: int, email: str) -> None: ...


def forget(email: str, places: Places, traces: Eraser) -> None:
    """Remove an erased person's places, and the address from the batches that they were in."""
    # A place that has been left is planned no more: what it was sent is complete then.
    while inside := [place for place in places.of(email) if place.group is Group.INSIDE]:
        places.move([(place, place.over(Group.LEFT, place.at, ERASED)) for place in inside])
    for place in places.of(email):
        for sent in place.sent:
            traces.erase(sent.edition, sent.batch, sent.batch, email)
        places.remove(place)


def known(
    email: str, places: Places, find: "Callable[[str], Series | None]", history: "History"
) -> list[dict[str, Any]]:
    """The sequences that a person entered, and what became of each email."""
    found = []
    for place in places.of(email):
        sequence = find(place.sequence)
        received = [one for sent in place.sent for one in history.in_batch(sent.edition, sent.batch, sent.at, email)]
        shown = place.to_json()
        del shown["email"]
        found.append(
            {
                "sequence": sequence.name if sequence else place.sequence,
                **{name: value for name, value in shown.items() if value is not None},
                "emails": [one.to_json() for one in received],
            }
        )
    return found
