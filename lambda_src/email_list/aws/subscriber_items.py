"""How a person is stored in the subscribers table, whose key is the address.

Two kinds of items have keys that are no addresses: `erased#<keyed hash>`, which is left of an erased person, and
`wishes#<id>`, which holds what was asked for with the address of the person with this id, until it is confirmed or
over.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from email_list.people.subscribers import Record, Status, Subscriber, id_of

INITIALS = 2
"""Characters of an address that partition the index by address; a search needs at least as many."""

EXPIRY = "expires_at"
"""When DynamoDB forgets a person who has not confirmed, in seconds since 1970."""

DEPARTURE = ("unsubscribed_date", "unsubscribe_reason")

SOFT_BOUNCES = "soft_bounces"
"""A set of `<sent_at>|<message>`: emails that bounced softly since one was delivered."""


Item = dict[str, Any]


def person_key(email: str) -> dict[str, str]:
    return {"email": email}


def erased_key(fingerprint: str) -> dict[str, str]:
    return person_key(f"erased#{fingerprint}")


def wishes_key(email: str) -> dict[str, str]:
    return person_key(f"wishes#{id_of(email)}")


def stored(person: Subscriber) -> Item:
    """What people may say about themselves, and where a search finds them."""
    return {
        "name": person.name,
        "topics": list(person.topics),
        "attributes": dict(person.attributes),
        "initials": person.email[:INITIALS],
        **({"language": person.language} if person.language else {}),
        **({"tracked": True} if person.tracked else {}),
    }


INTEREST = ("opened_on", "clicked_on")

SHOWN = (
    *("email", "status", "subscribed_date", "name", "topics", "attributes", "source", "language", "tracked"),
    *INTEREST,
)
"""The attributes that a `Subscriber` is made of."""


def subscriber(item: Mapping[str, Any]) -> Subscriber:
    """The subscriber that an item describes."""
    return Subscriber(**_fields(item))


def record(item: Mapping[str, Any] | None) -> Record | None:
    """Everything known about the person of an item; None for what is kept of someone erased."""
    if item is None or "status" not in item:
        return None
    row = item.get("import_row")
    return Record(
        **_fields(item),
        consent=item.get("consent", {}),
        history=item.get("history", ()),
        unsubscribed_date=item.get("unsubscribed_date"),
        unsubscribe_reason=item.get("unsubscribe_reason"),
        import_row=None if row is None else int(row),
        updated_by=item.get("updated_by"),
    )


def by_address(items: Iterable[Item]) -> dict[str, Item]:
    return {item["email"]: item for item in items}


def _fields(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "email": item["email"],
        "status": Status(item["status"]),
        "subscribed_date": item["subscribed_date"],
        "name": item.get("name", ""),
        "topics": tuple(item.get("topics", ())),
        "attributes": item.get("attributes", {}),
        "tracked": item.get("tracked", False),
        **{name: item.get(name, "") for name in ("source", "language", "nonce", *INTEREST)},
    }
