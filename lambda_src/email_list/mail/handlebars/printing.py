"""The plainest form of a template: Handlebars that every library renders alike, or finished text."""

import re
from itertools import groupby

from email_list.mail.handlebars.tree import GIVEN, Block, Node, Nodes, Path, Print, Text, printed

CHARACTERS = {"{": "_brace", "\\": "_backslash", "\n": "_line_end"}
"""Characters that would begin or disarm a tag, or be removed together with one, and the values that print them.

No author's name begins with `_`.
"""


def print_template(nodes: Nodes, root: str) -> str:
    """Handlebars for SES; every value is looked up under `root`, the part's own copy of the data."""
    return _print(nodes, root, (), after_block_tag=False)


def print_text(nodes: Nodes) -> str:
    """The finished text of a template that has no variable left; ValueError otherwise."""
    if not all(isinstance(node, Text) for node in nodes):
        raise ValueError("a variable is left")
    return "".join(node.text for node in nodes if isinstance(node, Text))


def _print(nodes: Nodes, root: str, loops: tuple[Path, ...], after_block_tag: bool = True) -> str:
    output: list[str] = []
    for is_text, group in groupby(nodes, lambda node: isinstance(node, Text)):
        if is_text:
            text = "".join(node.text for node in group if isinstance(node, Text))
            output.append(_literal(text, f"{'../' * len(loops)}{root}", after_block_tag))
            continue
        for node in group:
            output.append(_print_tag(node, root, loops))
            after_block_tag = isinstance(node, Block)
    return "".join(output)


def _print_tag(node: Node, root: str, loops: tuple[Path, ...]) -> str:
    if isinstance(node, Text):
        raise TypeError("text is no tag")
    if isinstance(node, Print):
        return f"{{{{{_name(printed(node.path, node.encoding), root, loops)}}}}}"
    is_loop = node.kind == "each"
    name = _name(printed(node.path, "" if is_loop else GIVEN), root, loops)
    body = _print(node.body, root, (*loops, (*node.path, node.loop)) if is_loop else loops)
    otherwise = f"{{{{else}}}}{_print(node.otherwise, root, loops)}" if node.otherwise else ""
    return f"{{{{#{node.kind} {name}}}}}{body}{otherwise}{{{{/{node.kind}}}}}"


def _name(path: Path, root: str, loops: tuple[Path, ...]) -> str:
    for steps, loop in enumerate(reversed(loops)):
        if path[: len(loop)] == loop:
            return "../" * steps + (".".join(path[len(loop) :]) or "this")
    return "../" * len(loops) + ".".join((root, *path))


def _literal(text: str, root: str, after_block_tag: bool) -> str:
    """Text that every Handlebars library prints unchanged.

    No brace in it opens a tag, its end does not touch the tag that follows, and a line end right after a block's tag is
    a value, because some libraries remove a line on which such a tag stands alone.
    """
    line_end = re.match(r"[ \t]*\r?\n", text) if after_block_tag else None
    start = line_end.end() if line_end else 0
    pieces = re.split(r"([\\{]+)", text[start:])
    for index in range(1, len(pieces), 2):
        run = pieces[index]
        end = len(run) if not any(pieces[index + 1 :]) else run.rfind("{{") + 1
        pieces[index] = _as_values(run[:end], root) + run[end:]
    rest = "".join(pieces)
    return text[: start - 1] + _as_values("\n", root) + rest if line_end else rest


def _as_values(characters: str, root: str) -> str:
    return "".join(f"{{{{{root}.{CHARACTERS[character]}}}}}" for character in characters)


def characters_used(compiled: str, root: str) -> list[str]:
    """Which of the `CHARACTERS` a printed template takes from its data."""
    return [name for name in CHARACTERS.values() if f"{root}.{name}}}}}" in compiled]
