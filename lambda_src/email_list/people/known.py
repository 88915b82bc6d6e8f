"""What is known about people: attributes with their types, and the values that occur, for those who write filters."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from email_list import fields
from email_list.people.comparisons import as_moment, as_number
from email_list.people.subscribers import Subscriber

LOOKED_AT = 20_000
"""People who are looked at, at most."""

MAX_VALUES = 20
"""Values of an attribute that are listed: those that most people have."""

READS = frozenset({"topics", "attributes", "source", "language"})


class Type(StrEnum):
    """What the values of an attribute are; `TEXT` if they are of several kinds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


def of(people: Iterable[Subscriber], *, everybody: bool) -> dict[str, Any]:
    """What is known about these people, who are all there are or not (`exact`)."""
    count = 0
    topics, sources, languages = Counter[str](), Counter[str](), Counter[str]()
    attributes: Mapping[str, Counter[Any]] = defaultdict(Counter)
    for person in people:
        count += 1
        topics.update(person.topics)
        sources[person.source.partition(":")[0]] += 1
        languages[person.language] += 1
        for name, value in person.attributes.items():
            attributes[name][_plain(value)] += 1
    return {
        "people": count,
        "exact": everybody,
        "topics": _listed(topics),
        "sources": _listed(sources),
        "languages": _listed(languages),
        "attributes": [
            {"name": name, "type": type_of(values).value, "people": values.total(), "values": _listed(values)}
            for name, values in sorted(attributes.items())
        ],
    }


def type_of(values: Iterable[Any]) -> Type:
    """What values are, of which all must agree."""
    types = {_type(value) for value in values if value != ""}
    return types.pop() if len(types) == 1 else Type.TEXT


def _type(value: Any) -> Type:
    if isinstance(value, bool) or fields.comparable(value) in ("true", "false"):
        return Type.YES_NO
    if as_number(value) is not None:
        return Type.NUMBER
    return Type.DATE if as_moment(value) else Type.TEXT


def _plain(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value if isinstance(value, bool) else int(value)


def _listed(values: Counter[Any]) -> list[dict[str, Any]]:
    common = sorted(values.items(), key=lambda item: (-item[1], str(item[0])))
    return [{"value": value, "people": people} for value, people in common if value != ""][:MAX_VALUES]
