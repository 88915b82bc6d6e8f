"""Who may import whom, and how little a handler decides.

The rules of docs/architecture.md, held against the imports of the program and of the functions.
"""

import ast
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAMBDA = ROOT / "lambda_src"

MOST_BRANCHES = 6
"""Of one function of a handler: where it has more, a rule of the domain stands in it."""

MOST_BRANCHES_OF_A_HANDLER = 12

_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.match_case, ast.BoolOp)

Graph = Mapping[str, set[str]]


def modules(*folders: Path) -> dict[str, Path]:
    """The modules in these folders by their names, as programs import them."""
    found = {}
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(file: Path) -> set[str]:
    """Everything that a file imports, by whole names: `a.b` and `a.b.c` for `from a.b import c`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def graph(files: Mapping[str, Path]) -> Graph:
    """Which of these modules import which others of them; of a package and its module, the module."""
    found = {}
    for name, file in files.items():
        known = imported(file) & files.keys() - {name}
        found[name] = {each for each in known if not any(other.startswith(f"{each}.") for other in known)}
    return found


def by_folder(edges: Graph) -> Graph:
    """The same between folders: a module stands in the folder that holds it, a package in its own."""
    packages = {name.rpartition(".")[0] for name in edges}

    def folder(name: str) -> str:
        return name if name in packages else name.rpartition(".")[0]

    found: dict[str, set[str]] = {}
    for name, others in edges.items():
        apart = {folder(other) for other in others} - {folder(name)}
        found.setdefault(folder(name), set()).update(apart)
    return found


def circles(edges: Graph) -> list[list[str]]:
    """The groups of nodes that can each be reached from each other."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for other in edges.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    reachable = {node: reached(node) for node in edges}
    groups = {frozenset(o for o in reachable[node] if node in reachable.get(o, ())) for node in edges}
    return sorted(sorted(group) for group in groups if group)


def within(names: Iterable[str], *packages: str) -> set[str]:
    return {name for name in names if name.startswith(tuple(f"{each}." for each in packages)) or name in packages}


DOMAIN = {name: file for name, file in modules(LAMBDA / "email_list").items() if not within([name], "email_list.aws")}
HANDLERS = {name: file for name, file in modules(LAMBDA / "handlers").items() if not within([name], "handlers.wiring")}
FUNCTIONS = modules(LAMBDA / "email_list", LAMBDA / "handlers")
PROGRAM = modules(ROOT / "components")


@pytest.mark.parametrize("files", [FUNCTIONS, PROGRAM], ids=["functions", "program"])
def test_no_files_import_each_other_in_a_circle(files: Mapping[str, Path]) -> None:
    assert circles(graph(files)) == []


def test_no_folders_of_the_functions_import_each_other_in_a_circle() -> None:
    assert circles(by_folder(graph(FUNCTIONS))) == []


@pytest.mark.parametrize("name", DOMAIN)
def test_the_domain_knows_neither_adapters_nor_aws(name: str) -> None:
    assert within(imported(DOMAIN[name]), "email_list.aws", "handlers", "boto3", "botocore") == set()


@pytest.mark.parametrize("name", PROGRAM)
def test_the_program_imports_nothing_of_the_functions(name: str) -> None:
    assert within(imported(PROGRAM[name]), "email_list", "handlers") == set()


def test_the_contract_imports_nothing_of_ours() -> None:
    assert {name.partition(".")[0] for name in imported(ROOT / "contract.py")} <= sys.stdlib_module_names


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_imports_the_domain_and_its_wiring_and_nothing_of_aws(name: str) -> None:
    names = imported(HANDLERS[name])
    tops = {each.partition(".")[0] for each in names} - sys.stdlib_module_names
    assert tops <= {"contract", "email_list", "handlers"}
    assert within(names, "email_list.aws") == set()
    assert within(names, "handlers") == within(names, "handlers.wiring") | within(names, "handlers") & {"handlers"}


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_decides_little_and_makes_no_collaborators(name: str) -> None:
    tree = ast.parse(HANDLERS[name].read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        assert branches(function) <= MOST_BRANCHES, function.name
        assert not any("cache" in ast.unparse(decorator) for decorator in function.decorator_list), function.name
    assert branches(tree) <= MOST_BRANCHES_OF_A_HANDLER


def branches(tree: ast.AST) -> int:
    conditions = sum(len(node.ifs) for node in ast.walk(tree) if isinstance(node, ast.comprehension))
    return conditions + sum(isinstance(node, _BRANCHES) for node in ast.walk(tree))


def test_tables_are_opened_in_one_place() -> None:
    opening = {name for name, file in FUNCTIONS.items() if "_TABLE]" in file.read_text(encoding="utf-8")}
    assert opening == {"handlers.wiring.tables"}
