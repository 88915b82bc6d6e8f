"""Changes of places, as their table's stream reports them."""

from dataclasses import dataclass

from email_list.sequences.places import Group


@dataclass(frozen=True)
class PlaceChange:
    """The place of somebody in a sequence after one change: which `group` they are in, and since when (`ended_at`) if
    they are not inside any more. `id` is unique to the change, `at` is when it happened, `before` the group until
    then."""

    id: str
    at: str
    email: str
    sequence: str
    before: Group | None
    group: Group
    entered_at: str
    ended_at: str
