"""Filters: trees of conditions that choose among people.

    {"all": [{"topic": "News"}, {"not": {"attribute": "city", "is": "Berlin"}}]}

`all`, `any` and `not` hold other nodes; every other node is a leaf (`LEAVES`). One tree serves campaigns, exports and
counts, and is always evaluated here, person by person, so that all of them mean the same people.

Text is compared as `fields.comparable` says. `above` and `below` are exclusive; they read a text that is a number as a
number, and a text that is a date as a date. A person of whom something is not known satisfies no leaf about it but
`{"attribute": ..., "known": false}`. `not` is plain negation: it includes those of whom nothing is known.
"""

import json
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from email_list import fields
from email_list.clock import iso
from email_list.errors import InvalidError
from email_list.people.comparisons import COMPARISONS, SPANS, days, named, word, wrong
from email_list.people.subscribers import Subscriber

MAX_DEPTH = 10
"""Nodes nested in one another."""

MAX_LEAVES = 100
MAX_CAMPAIGNS = 5
"""Campaigns that one tree may ask about: the addresses of each are read before the first person is looked at."""

MAX_BYTES = 16_000
"""Of a tree as JSON. A campaign keeps a copy, which is read with every one of its batches."""

Test = Callable[[Subscriber], bool]


class Reach(StrEnum):
    """What a campaign can have done to a person."""

    RECEIVED = "received"
    OPENED = "opened"
    CLICKED = "clicked"


FindReached = Callable[[Reach, str], Container[str]]
"""The addresses that a campaign has reached in this way (`email_list.aws.campaign_reach`)."""


@dataclass(frozen=True)
class _Occasion:
    """What a test is made for: the moment that days are counted from, and who finds whom campaigns reached.

    Without the latter, leaves about campaigns come out as `doubt`.
    """

    now: datetime
    find: FindReached | None
    doubt: bool = True


@dataclass(frozen=True)
class _Node:
    """A part of a tree: how its test is made, and which attributes of a stored person, as paths, that reads."""

    test: Callable[[_Occasion], Test]
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Filter:
    """A tree that was read and found good. `reads` are the attributes of people that it looks at, as paths."""

    tree: Mapping[str, Any]
    _node: _Node = field(repr=False, compare=False)

    @classmethod
    def read(cls, value: object, place: str = "filter") -> "Filter":
        """Parse a tree. InvalidError names what is wrong, and its place in the tree."""
        node = _Reader().node(value, place, 1)
        assert isinstance(value, Mapping)
        if len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) > MAX_BYTES:
            raise InvalidError(f"{place} has at most {MAX_BYTES} bytes as JSON.", details={"field": place})
        return cls(value, node)

    @classmethod
    def from_text(cls, text: str) -> "Filter":
        """Parse what `to_text` returned."""
        return cls.read(json.loads(text))

    def to_text(self) -> str:
        """The tree as it is stored: DynamoDB supports neither all of JSON's numbers nor its depth."""
        return json.dumps(self.tree, ensure_ascii=False)

    @property
    def reads(self) -> frozenset[str]:
        return self._node.reads

    def test(self, now: datetime, find: FindReached | None) -> Test:
        """The test of whether a person is chosen, with days counted back from `now`.

        Without `find`, a person is chosen unless it is certain that they are not.
        """
        return self._node.test(_Occasion(now, cache(find) if find else None))


class _Reader:
    """Parses one tree; the limits hold for all of it."""

    def __init__(self) -> None:
        self._leaves = 0
        self._campaigns: set[str] = set()

    def node(self, value: object, place: str, depth: int) -> _Node:
        if not isinstance(value, Mapping) or not value:
            raise wrong(place, 'must be an object such as {"topic": "News"}')
        if depth > MAX_DEPTH:
            raise wrong(place, f"is nested too deeply: conditions can contain one another {MAX_DEPTH} deep")
        kind = next((name for name in (*_BRANCHES, *LEAVES) if name in value), None)
        if kind is None:
            raise wrong(place, f"takes one of {', '.join((*_BRANCHES, *LEAVES))}, not {named(value)}")
        if kind in _BRANCHES:
            _alone(value, kind, place)
            return self._branch(kind, value[kind], f"{place}.{kind}", depth)
        self._leaves += 1
        if self._leaves > MAX_LEAVES:
            raise wrong(place, f"is one too many: there are at most {MAX_LEAVES} conditions")
        node = LEAVES[kind](value, place)
        if kind in list(Reach) and "campaign" in value[kind]:
            self._campaigns.add(value[kind]["campaign"])
            if len(self._campaigns) > MAX_CAMPAIGNS:
                raise wrong(place, f"names one campaign too many: a filter can ask about at most {MAX_CAMPAIGNS}")
        return node

    def _branch(self, kind: str, value: object, place: str, depth: int) -> _Node:
        if kind == "not":
            inner = self.node(value, place, depth + 1)
            return _Node(lambda occasion: _negation(inner, occasion), inner.reads)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise wrong(place, "must be a list of at least one condition")
        inners = [self.node(each, f"{place}[{at}]", depth + 1) for at, each in enumerate(value)]
        join = _every if kind == "all" else _some
        reads = frozenset().union(*(inner.reads for inner in inners))
        return _Node(lambda occasion: join([inner.test(occasion) for inner in inners]), reads)


_BRANCHES = ("all", "any", "not")


def _every(tests: Sequence[Test]) -> Test:
    return lambda person: all(test(person) for test in tests)


def _some(tests: Sequence[Test]) -> Test:
    return lambda person: any(test(person) for test in tests)


def _negation(inner: _Node, occasion: _Occasion) -> Test:
    test = inner.test(_Occasion(occasion.now, occasion.find, not occasion.doubt))
    return lambda person: not test(person)


# Leaves


def _topic(leaf: Mapping[str, Any], place: str) -> _Node:
    wanted = word(_only(leaf, "topic", place), f"{place}.topic")
    return _fixed(lambda person: wanted in map(fields.comparable, person.topics), "topics")


def _source(leaf: Mapping[str, Any], place: str) -> _Node:
    """How the person came; `import` are all imports, whose sources are `import:<id>`."""
    wanted = word(_only(leaf, "source", place), f"{place}.source")

    def test(person: Subscriber) -> bool:
        source = fields.comparable(person.source)
        return wanted in (source, source.partition(":")[0])

    return _fixed(test, "source")


def _language(leaf: Mapping[str, Any], place: str) -> _Node:
    wanted = word(_only(leaf, "language", place), f"{place}.language")
    return _fixed(
        lambda person: fields.comparable(person.language or person.attributes.get("language", "")) == wanted,
        "language",
        "attributes.language",
    )


def _attribute(leaf: Mapping[str, Any], place: str) -> _Node:
    name = leaf["attribute"]
    if not isinstance(name, str) or not fields.is_attribute_name(name):
        raise wrong(f"{place}.attribute", "must be the name of an attribute: a-z, 0-9 and _, beginning with a letter")
    given = leaf.keys() - {"attribute"}
    if len(given) != 1 or not given <= COMPARISONS.keys():
        raise wrong(place, f"takes, beside attribute, one of {', '.join(COMPARISONS)}, not {named(given)}")
    (comparison,) = given
    holds = COMPARISONS[comparison](leaf[comparison], f"{place}.{comparison}")

    def test(person: Subscriber) -> bool:
        return holds(person.attributes.get(name))

    return _fixed(test, f"attributes.{name}")


def _joined(leaf: Mapping[str, Any], place: str) -> _Node:
    """When the person joined the list; if several spans are named, all of them must hold."""
    spans, within = _only(leaf, "joined", place), f"{place}.joined"
    if not isinstance(spans, Mapping) or not spans or not spans.keys() <= SPANS.keys():
        raise wrong(within, f"must be an object with one of {', '.join(SPANS)}")
    read = [SPANS[name](value, f"{within}.{name}") for name, value in spans.items()]

    def make(occasion: _Occasion) -> Test:
        holds = [span(occasion.now) for span in read]
        return lambda person: all(hold(person.subscribed_date) for hold in holds)

    return _Node(make, frozenset({"subscribed_date"}))


def _reached(reach: Reach) -> Callable[[Mapping[str, Any], str], _Node]:
    def read(leaf: Mapping[str, Any], place: str) -> _Node:
        within = f"{place}.{reach}"
        asked = _only(leaf, reach, place)
        if isinstance(asked, Mapping) and asked.keys() == {"campaign"}:
            return _of_campaign(reach, _campaign_id(asked["campaign"], f"{within}.campaign"))
        if isinstance(asked, Mapping) and asked.keys() == {"within_days"} and reach in _LAST:
            return _lately(reach, days(asked["within_days"], f"{within}.within_days"))
        raise wrong(within, f"must be an object with {'campaign or within_days' if reach in _LAST else 'campaign'}")

    return read


def _of_campaign(reach: Reach, campaign: str) -> _Node:
    def make(occasion: _Occasion) -> Test:
        if occasion.find is None:
            doubt = occasion.doubt
            return lambda _: doubt
        addresses = occasion.find(reach, campaign)
        return lambda person: person.email in addresses

    return _Node(make)


_LAST: Mapping[Reach, tuple[str, Callable[[Subscriber], str]]] = {
    Reach.OPENED: ("opened_on", lambda person: person.opened_on),
    Reach.CLICKED: ("clicked_on", lambda person: person.clicked_on),
}


def _lately(reach: Reach, days: int) -> _Node:
    attribute, day_of = _LAST[reach]

    def make(occasion: _Occasion) -> Test:
        first = iso(occasion.now - timedelta(days=days))[:10]
        return lambda person: day_of(person) >= first

    return _Node(make, frozenset({attribute}))


LEAVES: Mapping[str, Callable[[Mapping[str, Any], str], _Node]] = {
    "topic": _topic,
    "attribute": _attribute,
    "joined": _joined,
    "source": _source,
    "language": _language,
    **{reach.value: _reached(reach) for reach in (Reach.OPENED, Reach.CLICKED, Reach.RECEIVED)},
}
"""How each kind of leaf is parsed, by the word that it begins with."""


def _campaign_id(value: object, place: str) -> str:
    if not isinstance(value, str) or not _CAMPAIGN.fullmatch(value):
        raise wrong(place, "must be the id of a campaign")
    return value


_CAMPAIGN = re.compile(r"[0-9A-Z]{26}")


def _fixed(test: Test, *reads: str) -> _Node:
    return _Node(lambda _: test, frozenset(reads))


def _only(leaf: Mapping[str, Any], kind: str, place: str) -> Any:
    _alone(leaf, kind, place)
    return leaf[kind]


def _alone(node: Mapping[str, Any], kind: str, place: str) -> None:
    others = node.keys() - {kind}
    if others:
        raise wrong(place, f"has {kind} together with {named(others)}; combine several conditions with all or any")
