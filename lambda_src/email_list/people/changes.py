"""Changes of people, as their table's stream reports them."""

from dataclasses import dataclass

from email_list.people.subscribers import Record


@dataclass(frozen=True)
class PersonChange:
    """A person before and after one change; None if there was, or is, nobody.

    `id` is unique to the change, `order` increases from one change of a person to the next, `at` is when it happened.
    """

    id: str
    order: int
    at: str
    email: str
    before: Record | None
    after: Record | None
