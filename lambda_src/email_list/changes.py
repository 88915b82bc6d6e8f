"""Changes of what is stored, as the tables' streams tell of them."""

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


@dataclass(frozen=True)
class CampaignChange:
    """A campaign whose item was written: the status that it had, None for a new one, and how it is now.

    `finished_at` is known once it is over.
    """

    id: str
    at: str
    campaign: str
    before: str | None
    status: str
    subject: str
    planned: int
    finished_at: str | None
