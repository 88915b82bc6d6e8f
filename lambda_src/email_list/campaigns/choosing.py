"""Choosing: reading the audience of a request, and telling who is in one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from email_list import fields
from email_list.campaigns.audience import Audience
from email_list.errors import InvalidError
from email_list.people.filters import Filter, FindReached, Test
from email_list.people.segments import FindFilter, id_field
from email_list.people.subscribers import AttributeValue

MAX_TOPICS = 50
MAX_TOPIC = 64


def read(value: object, find_filter: FindFilter) -> Audience:
    """The audience in `{"topics": [...], "attributes": {...}, "filter": {...}}`; a `segment` has its filter looked up.

    If there are both, as when an audience is shown, the filter counts. InvalidError names what is wrong, NotFoundError
    says that there is no such segment.
    """
    if value is None:
        return Audience()
    if not isinstance(value, Mapping):
        raise InvalidError("audience must be an object.", details={"field": "audience"})
    unknown = sorted(str(name)[:40] for name in value.keys() - {"topics", "attributes", "filter", "segment"})
    if unknown:
        # A filter that is not understood must not become an email to everybody.
        raise InvalidError(
            f"audience takes topics, attributes, filter and segment, not {', '.join(unknown)}.",
            details={"field": "audience"},
        )
    segment, tree = id_field(value.get("segment"), "audience.segment"), value.get("filter")
    chosen = Filter.read(tree, "audience.filter").tree if tree is not None else None
    if segment and chosen is None:
        chosen = find_filter(segment).tree
    return Audience(_topics(value.get("topics")), fields.attributes(value.get("attributes")), chosen, segment)


def reads(audience: Audience) -> frozenset[str]:
    """The attributes of stored people that decide, as paths."""
    topics = ["topics"] if audience.topics else []
    attributes = [f"attributes.{name}" for name in audience.attributes]
    return frozenset([*topics, *attributes, *(Filter.read(audience.filter).reads if audience.filter else ())])


def test_of(audience: Audience, now: datetime, find: FindReached | None) -> Test:
    """The test of whether a campaign is for a person, regardless of their status (`Filter.test`)."""
    tests: list[Test] = []
    if audience.topics:
        topics = frozenset(map(fields.comparable, audience.topics))
        tests.append(lambda person: not topics.isdisjoint(map(fields.comparable, person.topics)))
    tests += [_has(name, value) for name, value in audience.attributes.items()]
    if audience.filter:
        tests.append(Filter.read(audience.filter).test(now, find))
    return lambda person: all(test(person) for test in tests)


def _has(name: str, value: AttributeValue) -> Test:
    wanted = fields.comparable(value)
    return lambda person: name in person.attributes and fields.comparable(person.attributes[name]) == wanted


def _topics(value: object) -> Sequence[str]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MAX_TOPICS:
        raise InvalidError(
            f"audience.topics must be a list of at most {MAX_TOPICS} topics.", details={"field": "audience.topics"}
        )
    return tuple(fields.single_line(topic, "audience.topics", MAX_TOPIC, required=True) for topic in value)
