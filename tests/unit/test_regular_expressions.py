"""No text from outside makes a regular expression of the functions work more than in proportion to its length."""

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.regex_steps import Attack, Program, Run, attacks, compile_steps

SOURCES = Path(__file__).parents[2] / "lambda_src"
READS_ONCE = {"match", "fullmatch"}
SEARCHES = {"search", "sub", "split", "findall", "finditer"}

FEW, MANY = (5, 10), (30, 60)
"""Repetitions: twice as many may take twice the steps. Few tell quickly which attacks deserve many."""

SUSPICIOUS, TOO_MUCH = 2.1, 2.6

EXAMPLES = {
    "marked.block_word": r"hb0xb\d+z",
    "marked.formatted_word": r"hb0xf\d+z",
    "self._word": "hb0x",
    "word": r"hb0x[bfv](\d+)z",
    "self.element": "style",
    "_VALUE": "\ufffc",
    "_DELIMITERS": ",;",
    "_LONGEST": "2000",
    "_SIGNS": "=+",
}
"""What stands in the patterns that are put together at run time."""


@dataclass(frozen=True)
class Use:
    """A pattern in the sources, and whether it is looked for anywhere in a text."""

    place: str
    pattern: "re.Pattern[str]"
    searches: bool


def uses() -> Iterator[Use]:
    for path in sorted(SOURCES.rglob("*.py")):
        module = ast.parse(path.read_text())
        methods: dict[str, set[str]] = {}
        for node in ast.walk(module):
            if isinstance(node, ast.Attribute) and node.attr in READS_ONCE | SEARCHES:
                methods.setdefault(ast.unparse(node.value).rpartition(".")[2], set()).add(node.attr)
        names = {
            node.value: ast.unparse(node.targets[0]).rpartition(".")[2]
            for node in ast.walk(module)
            if isinstance(node, ast.Assign)
        }
        for call in ast.walk(module):
            if not (isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.")):
                continue
            method = ast.unparse(call.func).removeprefix("re.")
            if method == "compile":
                used = methods.get(names.get(call, ""), set()) or SEARCHES
            elif method in READS_ONCE | SEARCHES:
                used = {method}
            else:
                continue
            pattern = re.compile(source(call.args[0]), flags(call))
            yield Use(f"{path.relative_to(SOURCES)}:{call.lineno}", pattern, not used <= READS_ONCE)


def source(expression: ast.expr) -> str:
    if isinstance(expression, ast.JoinedStr):
        return "".join(map(source, expression.values))
    if isinstance(expression, ast.FormattedValue):
        return EXAMPLES[ast.unparse(expression.value)]
    text = ast.literal_eval(expression)
    return text.decode() if isinstance(text, bytes) else text


def flags(call: ast.Call) -> int:
    found = 0
    for argument in [*call.args[1:], *(keyword.value for keyword in call.keywords)]:
        for node in ast.walk(argument):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "re":
                found |= getattr(re, node.attr)
    return found


def steps(use: Use, program: Program, text: str) -> float:
    run = Run(text)
    if use.searches:
        run.find_all(program)
    else:
        run.match(program, 0, whole=True)
    return math.inf if run.has_given_up else run.steps


def slowest(use: Use) -> tuple[Attack, float] | None:
    """An attack whose steps grow faster than its text, and how much faster."""
    program = compile_steps(use.pattern)

    def growth(attack: Attack, repetitions: tuple[int, int]) -> float:
        once, twice = (steps(use, program, attack.text(times)) for times in repetitions)
        return math.inf if twice == math.inf else twice / once

    for attack in attacks(use.pattern):
        if growth(attack, FEW) > SUSPICIOUS and (factor := growth(attack, MANY)) > TOO_MUCH:
            return attack, factor
    return None


def test_twice_the_text_takes_twice_the_steps() -> None:
    slow = {f"{use.place} {use.pattern.pattern}": slowest(use) for use in uses()}
    assert {place: found for place, found in slow.items() if found} == {}
    assert len(slow) > 50


@pytest.mark.parametrize(
    ("pattern", "searches"),
    [
        (r"\s*,\s*", True),
        (r"(a+)+b", False),
        (r"(?:a|a)*b", False),
        (r".*x.*y", True),
        (r"<!--.*?-->", True),
        (r"\b[\w-]+\.", True),
    ],
)
def test_a_slow_pattern_is_found(pattern: str, searches: bool) -> None:
    assert slowest(Use("here", re.compile(pattern), searches)) is not None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"a*?(b|c)+\b", "aabcb cab b"),
        (r"(?<!x)(\w)\1(?=.)", "aa xbbc dd"),
        (r"(?:a|ab)(?:c|bcd)*+d?", "abcd abcbcdd ac"),
        (r"(?m)^x{2,3}$|[^a-z\s]+", "xx\nxxxx\n12 x3\nxxx"),
        (r"(?>a+)b|\Za*|(a*)*", "aaab aac"),
    ],
)
def test_the_counting_matcher_finds_what_re_finds(pattern: str, text: str) -> None:
    compiled = re.compile(pattern)
    assert Run(text).find_all(compile_steps(compiled)) == [match.span() for match in compiled.finditer(text)]
