"""Filling in the values that are known."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from email_list.errors import TooLargeError
from email_list.mail.handlebars.tree import GIVEN, Block, Node, Nodes, Path, Print, Text, printed

MAX_PIECES = 100_000
MAX_CHARACTERS = 2_000_000
"""Limits of a part that is written out. Gmail cuts off a letter at a twentieth of this."""

_MISSING = object()


def fill(nodes: Nodes, known: Mapping[str, Any]) -> Nodes:
    """Fill in known values: prints become text, conditions are decided, lists are written out.

    `known` has the printed form of values (`email_list.mail.encoding.data`). What it lacks remains a variable.
    TooLargeError for what becomes longer than any letter, as lists in lists may.
    """
    return tuple(_Filling(known).filled(nodes, {}))


_Loops = Mapping[str, Mapping[str, Any]]


class _Filling:
    """Writes out a template, within limits."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self._pieces = 0
        self._characters = 0

    def filled(self, nodes: Nodes, loops: _Loops) -> Iterator[Node]:
        for node in nodes:
            if isinstance(node, Text):
                yield self._counted(node)
            elif isinstance(node, Print):
                value = _look_up(printed(node.path, node.encoding), self._known, loops)
                yield node if value is _MISSING else self._counted(Text(str(value), node.at))
            elif node.kind == "each":
                yield from self._each(node, loops)
            else:
                yield from self._decided(node, loops)

    def _each(self, node: Block, loops: _Loops) -> Iterator[Node]:
        items = _look_up(node.path, self._known, loops)
        if items is _MISSING:
            yield self._undecided(node, loops)
            return
        if not items:
            yield from self.filled(node.otherwise, loops)
        last = len(items) - 1
        for index, item in enumerate(items):
            self._count(0)
            element = {"this": item, "@index": index, "@first": index == 0, "@last": index == last}
            yield from self.filled(node.body, {**loops, node.loop: element})

    def _decided(self, node: Block, loops: _Loops) -> Iterator[Node]:
        value = _look_up(printed(node.path, GIVEN), self._known, loops)
        if value is _MISSING:
            yield self._undecided(node, loops)
        else:
            yield from self.filled(node.body if bool(value) == (node.kind == "if") else node.otherwise, loops)

    def _undecided(self, node: Block, loops: _Loops) -> Block:
        body, otherwise = (tuple(self.filled(branch, loops)) for branch in (node.body, node.otherwise))
        return replace(node, body=body, otherwise=otherwise)

    def _counted(self, text: Text) -> Text:
        self._count(len(text.text))
        return text

    def _count(self, characters: int) -> None:
        self._pieces += 1
        self._characters += characters
        if self._pieces > MAX_PIECES or self._characters > MAX_CHARACTERS:
            raise TooLargeError(
                "With these values the letter becomes too long: its lists, or those in them, repeat too much."
            )


def _look_up(path: Path, known: Mapping[str, Any], loops: Mapping[str, Mapping[str, Any]]) -> Any:
    value: Any = known
    for segment in path:
        if segment in loops:
            value = loops[segment]["this"]
            element = loops[segment]
        elif segment.startswith("@"):
            value = element[segment]
        elif isinstance(value, Mapping) and segment in value:
            value = value[segment]
        else:
            return _MISSING
    return value
