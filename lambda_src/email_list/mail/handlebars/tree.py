"""What a parsed template is: text, values, and blocks around them; and what is wrong with a source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from email_list.errors import InvalidError

RESERVED = "__"
"""Separates a printed name from its encoding; no author's name contains it."""

GIVEN = "given"
"""The encoding of a condition: text that is empty if the value counts as false."""

FORMATTED = "formatted"
"""The encoding of `{{{value}}}`: Markdown, formatted for its part."""

Path = tuple[str, ...]


@dataclass(frozen=True)
class Position:
    """A place in the author's source; both count from 1."""

    line: int
    column: int


class TemplateSyntaxError(InvalidError):
    """The source is not a template that can be sent; `details` says in which part and where."""

    code = "invalid_template"

    def __init__(self, reason: str, at: Position, part: str, others: Sequence["TemplateSyntaxError"] = ()) -> None:
        self.others = others
        details = {"part": part, "line": at.line, "column": at.column}
        super().__init__(f"{part}, line {at.line}, column {at.column}: {reason}", details=details)


def raise_together(faults: Sequence[TemplateSyntaxError]) -> None:
    """Raise the first of some faults, if there are any; it has the others with it."""
    if faults:
        first, *first.others = faults
        raise first


@dataclass(frozen=True)
class Text:
    """Text that is printed unchanged."""

    text: str
    at: Position


@dataclass(frozen=True)
class Print:
    """A value; `encoding` says how it is written in its place, empty for the part's own way."""

    path: Path
    encoding: str
    at: Position


@dataclass(frozen=True)
class Block:
    """`#if`, `#unless` or `#each` (then `loop` is the loop's name in the paths of its body)."""

    kind: str
    path: Path
    body: "Nodes"
    otherwise: "Nodes"
    at: Position
    loop: str = ""


Node = Text | Print | Block
Nodes = tuple[Node, ...]


@dataclass(frozen=True)
class Variable:
    """One use of a value. `path` has `*` for the elements of a list.

    `required` says that without a value the letter would have a gap: it is printed and no `#if` asks first.
    """

    path: Path
    encoding: str
    required: bool
    at: Position

    @property
    def name(self) -> str:
        """The variable as authors write it: `attributes.city`, `items.*.title`."""
        return ".".join(self.path)


def variables(nodes: Nodes) -> Iterator[Variable]:
    """Every use of a value, in order. The values that a loop itself supplies (`@index`) are not among them."""
    yield from _variables(nodes, frozenset())


def _variables(nodes: Nodes, asked: frozenset[Path]) -> Iterator[Variable]:
    for node in nodes:
        if isinstance(node, Text) or node.path[-1].startswith("@"):
            if isinstance(node, Block):
                yield from _variables(node.body + node.otherwise, asked)
            continue
        path = _without_loop_names(node.path)
        if isinstance(node, Print):
            yield Variable(path, node.encoding, required=not _is_asked(path, asked), at=node.at)
            continue
        there, not_there = (asked, asked | {path}) if node.kind == "unless" else (asked | {path}, asked)
        if node.kind == "each":
            yield Variable((*path, "*"), "", required=not (node.otherwise or _is_asked(path, asked)), at=node.at)
        else:
            yield Variable(path, GIVEN, required=False, at=node.at)
        yield from _variables(node.body, there)
        yield from _variables(node.otherwise, not_there)


def _is_asked(path: Path, asked: frozenset[Path]) -> bool:
    """Whether a condition asked for the value or for what contains it; asking for a list asks for no element's
    value."""
    return any(path[:length] in asked and "*" not in path[length:] for length in range(1, len(path) + 1))


def _without_loop_names(path: Path) -> Path:
    return tuple("*" if segment.startswith("*") else segment for segment in path)


def printed(path: Path, encoding: str) -> Path:
    """The path of a value in the data: its last name includes the encoding, if it has several forms."""
    if not encoding or path[-1].startswith(("@", "*")):
        return path
    return (*path[:-1], f"{path[-1]}{RESERVED}{encoding}")
