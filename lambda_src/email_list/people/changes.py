"""Changes of people, as the stream of their table tells of them."""

from dataclasses import dataclass

from email_list.people.subscribers import Record


@dataclass(frozen=True)
class PersonChange:
    """A person before and after one change; None where there was, or is, nobody.

    `id` is unique to the change, `order` grows from one change of a person to the next, `at` is when it happened.
    """

    id: str
    order: int
    at: str
    email: str
    before: Record | None
    after: Record | None
