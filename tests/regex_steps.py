"""How many steps a regular expression takes, by a backtracking matcher of our own.

Python's `re` does not say how hard it works, and time says it badly. This reads a pattern with Python's own parser and
tries its alternatives in the order in which `re` does, counting each. Where it counts few, so does `re`; what it finds
is compared with what `re` finds.
"""

import re
import re._constants as sre  # ty: ignore[import-not-found]
import re._parser as parser  # ty: ignore[import-not-found]
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

Test = Callable[[str], bool]
UNBOUNDED = sre.MAXREPEAT


@dataclass(frozen=True)
class Char:
    """Reads a character that passes."""

    passes: Test


@dataclass(frozen=True)
class Split:
    """Goes on at the first address, and if that fails at the second."""

    first: int
    second: int


@dataclass(frozen=True)
class Jump:
    to: int


@dataclass(frozen=True)
class At:
    """Passes at a place."""

    where: Any


@dataclass(frozen=True)
class Look:
    """Passes where another program matches from here, or does not; or, `atomic`, takes what it matches."""

    program: "Program"
    wanted: bool = True
    behind: int | None = None
    atomic: bool = False


@dataclass(frozen=True)
class Progress:
    """Ends a loop that has read nothing since it passed here."""

    loop: int


@dataclass(frozen=True)
class Save:
    """Remembers where a group begins or ends."""

    slot: int


@dataclass(frozen=True)
class Back:
    """Reads what a group has read."""

    group: int


@dataclass
class Program:
    """Instructions; a run that passes the last one has matched."""

    flags: int
    code: list[Any] = field(default_factory=list)

    def add(self, instruction: Any) -> int:
        self.code.append(instruction)
        return len(self.code) - 1


def compile_steps(pattern: "re.Pattern[str]") -> Program:
    """The program of a compiled pattern."""
    program = Program(pattern.flags)
    _emit(program, parser.parse(pattern.pattern, pattern.flags))
    return program


@dataclass
class Run:
    """Matches programs against one text, and counts."""

    text: str
    limit: int = 500_000
    steps: int = 0

    @property
    def has_given_up(self) -> bool:
        return self.steps > self.limit

    def match(self, program: Program, start: int, *, whole: bool = False, reads: bool = False) -> int | None:
        """Where a match that begins at `start` ends; with `whole` only one at the end of the text, with `reads` only
        one that has read something."""
        stack: list[tuple[int, int, dict[Any, int]]] = [(0, start, {})]
        text, length, code, last = self.text, len(self.text), program.code, len(program.code)
        steps, limit = self.steps, self.limit
        while stack:
            at, position, seen = stack.pop()
            while steps <= limit:
                steps += 1
                if at == last:
                    if (whole and position != length) or (reads and position == start):
                        break
                    self.steps = steps
                    return position
                step = code[at]
                kind = type(step)
                if kind is Char:
                    if position == length or not step.passes(text[position]):
                        break
                    position += 1
                elif kind is Split:
                    stack.append((step.second, position, seen))
                    at = step.first
                    continue
                elif kind is Jump:
                    at = step.to
                    continue
                elif kind is Progress:
                    if seen.get(step.loop) == position:
                        break
                    seen = {**seen, step.loop: position}
                elif kind is Save:
                    seen = {**seen, ("slot", step.slot): position}
                elif kind is Back:
                    read = text[seen.get(("slot", 2 * step.group), 0) : seen.get(("slot", 2 * step.group + 1), 0)]
                    if not text.startswith(read, position):
                        break
                    position += len(read)
                elif kind is At:
                    if not _is_at(step.where, text, position, program.flags):
                        break
                else:
                    begin = position if step.behind is None else position - step.behind
                    self.steps = steps
                    end = self.match(step.program, begin) if begin >= 0 else None
                    steps = self.steps
                    if (end is not None) is not step.wanted:
                        break
                    position = end if step.atomic and end is not None else position
                at += 1
        self.steps = steps
        return None

    def find_all(self, program: Program) -> list[tuple[int, int]]:
        """Where all matches begin and end, one after the other, as `re.finditer` finds them."""
        found, start, was_empty = [], 0, False
        while start <= len(self.text):
            end = self.match(program, start, reads=was_empty)
            was_empty = end == start
            if end is None:
                start += 1
            else:
                found.append((start, end))
                start = end
        return found


def _is_at(where: Any, text: str, position: int, flags: int) -> bool:
    def is_word(index: int) -> bool:
        if not 0 <= index < len(text):
            return False
        char = text[index]
        return (char.isalnum() or char == "_") and (char.isascii() or not flags & re.ASCII)

    multiline = flags & re.MULTILINE
    match where:
        case sre.AT_BEGINNING:
            return position == 0 or bool(multiline and text[position - 1] == "\n")
        case sre.AT_BEGINNING_STRING:
            return position == 0
        case sre.AT_END:
            at_last_line_end = position == len(text) - 1 and text[position] == "\n"
            return position == len(text) or at_last_line_end or bool(multiline and text[position] == "\n")
        case sre.AT_END_STRING:
            return position == len(text)
        case sre.AT_BOUNDARY:
            return is_word(position - 1) is not is_word(position)
        case sre.AT_NON_BOUNDARY:
            return is_word(position - 1) is is_word(position)
    raise NotImplementedError(where)


def _emit(program: Program, nodes: Any) -> None:
    for code, argument in nodes:
        if code is sre.BRANCH:
            _emit_branch(program, argument[1])
        elif code is sre.SUBPATTERN:
            group, added, removed, inner = argument
            if added or removed:
                raise NotImplementedError("flags within a pattern")
            if group is not None:
                program.add(Save(2 * group))
            _emit(program, inner)
            if group is not None:
                program.add(Save(2 * group + 1))
        elif code in _REPEATS[:2]:
            _emit_repeat(program, *argument, greedy=code is sre.MAX_REPEAT)
        elif code in (sre.ASSERT, sre.ASSERT_NOT):
            direction, inner = argument
            behind = None
            if direction < 0:
                behind, longest = inner.getwidth()
                assert behind == longest
            program.add(Look(_part(program, inner), code is sre.ASSERT, behind))
        elif code is sre.ATOMIC_GROUP:
            program.add(Look(_part(program, argument), atomic=True))
        elif code is sre.POSSESSIVE_REPEAT:
            part = Program(program.flags)
            _emit_repeat(part, *argument, greedy=True)
            program.add(Look(part, atomic=True))
        elif code is sre.GROUPREF:
            program.add(Back(argument))
        elif code is sre.AT:
            program.add(At(argument))
        else:
            program.add(Char(_character(code, argument, program.flags)))


def _part(program: Program, nodes: Any) -> Program:
    part = Program(program.flags)
    _emit(part, nodes)
    return part


def _emit_branch(program: Program, branches: Any) -> None:
    exits = []
    for index, branch in enumerate(branches):
        if index < len(branches) - 1:
            split = program.add(None)
            _emit(program, branch)
            exits.append(program.add(None))
            program.code[split] = Split(split + 1, len(program.code))
        else:
            _emit(program, branch)
    for exit_ in exits:
        program.code[exit_] = Jump(len(program.code))


def _emit_repeat(program: Program, least: int, most: int, nodes: Any, *, greedy: bool) -> None:
    for _ in range(least):
        _emit(program, nodes)
    if most == UNBOUNDED:
        loop = program.add(None)
        program.add(Progress(loop))
        _emit(program, nodes)
        program.add(Jump(loop))
        ways = (loop + 1, len(program.code))
        program.code[loop] = Split(*(ways if greedy else reversed(ways)))
        return
    splits = []
    for _ in range(most - least):
        splits.append(program.add(None))
        _emit(program, nodes)
    for split in splits:
        ways = (split + 1, len(program.code))
        program.code[split] = Split(*(ways if greedy else reversed(ways)))


def _character(code: Any, argument: Any, flags: int) -> Test:
    """Asks `re` itself whether it is this character."""
    single = re.compile(_source(code, argument), flags & ~re.DEBUG)
    known: dict[str, bool] = {}

    def passes(char: str) -> bool:
        if char not in known:
            known[char] = single.fullmatch(char) is not None
        return known[char]

    return passes


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


def _source(code: Any, argument: Any) -> str:
    if code is sre.LITERAL:
        return re.escape(chr(argument))
    if code is sre.NOT_LITERAL:
        return f"[^{re.escape(chr(argument))}]"
    if code is sre.ANY:
        return "."
    if code is sre.IN:
        return f"[{''.join(map(_member, argument))}]"
    raise NotImplementedError(code)


def _member(member: Any) -> str:
    code, argument = member
    if code is sre.NEGATE:
        return "^"
    if code is sre.RANGE:
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    if code is sre.CATEGORY:
        return _CATEGORIES[argument]
    return re.escape(chr(argument))


# What an attacker would try


@dataclass(frozen=True)
class Attack:
    """A text that repeats what the pattern, or a part of it, matches."""

    beginning: str
    repeated: str
    end: str

    def text(self, times: int) -> str:
        return self.beginning + self.repeated * times + self.end


def attacks(pattern: "re.Pattern[str]") -> Iterator[Attack]:
    """What could make a pattern slow: any part of it over and over, after any beginning of it."""
    parts, beginnings = dict[str, None](), {"": None}
    for nodes in _sequences(parser.parse(pattern.pattern, pattern.flags)):
        texts = list(_units(nodes, pattern.flags))
        for first in range(len(texts)):
            for last in range(first + 1, len(texts) + 1):
                for choice in (0, -1):
                    text = "".join(options[choice] for options in texts[first:last])
                    parts[text] = None
                    if first == 0:
                        beginnings[text] = None
        parts |= dict.fromkeys(text for options in texts for text in (*options, "".join(options)))
    for beginning in beginnings:
        for repeated in parts:
            yield from (Attack(beginning, repeated, end) for end in ("", "\0"))


def _units(nodes: list[Any], flags: int) -> Iterator[list[str]]:
    """What each part of a sequence matches; a word is one part."""
    for is_word, group in groupby(nodes, lambda node: node[0] is sre.LITERAL):
        texts = [list(_texts(node, flags)) for node in group]
        if is_word:
            yield ["".join(options[0] for options in texts)]
        else:
            yield from (options for options in texts if options)


def _sequences(nodes: Any, before: Sequence[Any] = (), after: Sequence[Any] = ()) -> Iterator[list[Any]]:
    """The sequences that a pattern may read, each with one branch of a choice, and those inside of repeated parts."""
    flat = list(_without_groups(nodes))
    yield [*before, *flat, *after]
    for index, (code, argument) in enumerate(flat):
        if code is sre.BRANCH:
            for branch in argument[1]:
                yield from _sequences(branch, [*before, *flat[:index]], [*flat[index + 1 :], *after])
        elif code in _REPEATS:
            yield from _sequences(argument[2])
        elif code in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _sequences(argument[1])


def _without_groups(nodes: Any) -> Iterator[Any]:
    for code, argument in nodes:
        if code is sre.SUBPATTERN:
            yield from _without_groups(argument[3])
        elif code is sre.ATOMIC_GROUP:
            yield from _without_groups(argument)
        else:
            yield code, argument


_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_TRIED = ("ax", "Z", "0", " ", "\n\t", "\\-._~/:;@\"'<>", "{}[]()=&%*!#", "é")
"""One character of each kind that a class has is enough."""


def _texts(node: Any, flags: int) -> Iterator[str]:
    """A few texts that one node matches."""
    code, argument = node
    if code is sre.BRANCH:
        for branch in argument[1]:
            yield _first(branch, flags)
    elif code in _REPEATS:
        least, most, inner = argument
        copies, flat = max(least, min(most, 1)), list(_without_groups(inner))
        texts = _texts(flat[0], flags) if len(flat) == 1 else [_first(flat, flags)]
        yield from (text * copies for text in texts)
    elif code is sre.LITERAL:
        yield chr(argument)
    elif code not in (sre.ASSERT, sre.ASSERT_NOT, sre.AT, sre.GROUPREF):
        passes = _character(code, argument, flags)
        yield from (fitting[0] for kind in _TRIED if (fitting := [char for char in kind if passes(char)]))


def _first(nodes: Any, flags: int) -> str:
    return "".join(next(_texts(node, flags), "") for node in _without_groups(nodes))
