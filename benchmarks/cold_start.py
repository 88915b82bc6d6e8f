"""What a function loads before its first request, and how long that takes.

What it loads is exact, and `tests/unit/handlers/test_cold_start.py` holds it to a budget; times are those of this
machine, told as shares of what `boto3`, which every function needs, takes by itself.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figures import Aim, Figure, Findings
from components.packaging import CONTRACT, SOURCE, Target, build_bundle

BUNDLE_AIM = 11_500_000
"""Bytes unpacked, of 262,144,000 that Lambda takes; a test makes anyone who adds a room look at what it weighs."""
SHARED = "contract"
"""What every function loads, and so has a bound of its own."""

PROVIDED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six", "certifi", "_distutils_hack")
"""Packages that are not the bundle's: what comes with Lambda's runtime, and a hook of this interpreter's own."""

TRIES = 2

_LOAD = """
import importlib, json, os, sys
before = set(sys.modules)
import boto3, boto3.dynamodb.conditions, boto3.s3.transfer
for function in sys.argv[1:]:
    if os.fork() == 0:
        importlib.import_module(f"handlers.{function}")
        modules = {name: getattr(sys.modules[name], "__file__", None) for name in sys.modules.keys() - before}
        print(json.dumps({"function": function, "modules": modules}), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"{function} cannot be imported")
"""


@dataclass(frozen=True)
class Load:
    """What importing a function's module brings in, apart from what Lambda provides and from the contract.

    `modules` leaves out those that only make collaborators (`handlers/wiring`), as many as a function has of them.

    `source_bytes` are those of Python sources alone, which are the same on every machine; `packages` are the
    dependencies among it.
    """

    modules: int
    source_bytes: int
    bytes: int
    packages: frozenset[str]


def functions(source: Path = SOURCE) -> Sequence[str]:
    """The functions: the modules in `handlers/` that have a handler."""
    return sorted(file.stem for file in (source / "handlers").glob("*.py") if _has_handler(file))


def _has_handler(file: Path) -> bool:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    assigned = (target for node in body if isinstance(node, ast.Assign) for target in node.targets)
    names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    return "handler" in [*names, *(target.id for target in assigned if isinstance(target, ast.Name))]


def loads(names: Iterable[str], source: Path = SOURCE) -> Mapping[str, Load]:
    """What each of these functions loads, each in a fresh process."""
    environment = {"PYTHONPATH": _path(source), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath}
    command = [sys.executable, "-c", _LOAD, *names]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    found = [json.loads(line) for line in run.stdout.splitlines()]
    return {one["function"]: _load(one["modules"]) for one in found}


def _path(source: Path) -> str:
    """Where a function finds its own modules: the bundle has the contract beside them."""
    return f"{source}{os.pathsep}{CONTRACT.parent}"


def _load(modules: Mapping[str, str | None]) -> Load:
    standard = sys.stdlib_module_names
    own = {
        name: Path(file)
        for name, file in modules.items()
        if file and (top := name.partition(".")[0]) not in standard and top not in (*PROVIDED, SHARED, "__main__")
    }
    sizes = {name: file.stat().st_size for name, file in own.items()}
    return Load(
        modules=len([name for name in own if not name.startswith("handlers.wiring")]),
        source_bytes=sum(size for name, size in sizes.items() if own[name].suffix == ".py"),
        bytes=sum(sizes.values()),
        packages=frozenset(name.partition(".")[0] for name in own) - {"handlers", "email_list"},
    )


def import_milliseconds(modules: Sequence[str], source: Path = SOURCE) -> Mapping[str, float]:
    """How long importing each of these modules takes in a fresh process (`python -X importtime`), compiled before."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {"PYTHONPATH": _path(source), "PYTHONPYCACHEPREFIX": cache, "PATH": os.defpath}
        _import_timed(modules, environment)
        return {module: min(_import_timed([module], environment) for _ in range(TRIES)) for module in modules}


def _import_timed(modules: Sequence[str], environment: Mapping[str, str]) -> float:
    """Milliseconds of the last of these imports."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {', '.join(modules)}"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    found = re.findall(rf"\|\s+(\d+) \| {re.escape(modules[-1])}\s*$", run.stderr, re.MULTILINE)
    return int(found[-1]) / 1000


def bundle_bytes(target: Target) -> int:
    return sum(file.stat().st_size for file in build_bundle(target).rglob("*") if file.is_file())


def run() -> Findings:
    """The bundle, and of every function its modules, bytes and time."""
    names = functions()
    found = loads(names)
    timed = import_milliseconds(["boto3", *(f"handlers.{name}" for name in names)])
    runtime, times = timed["boto3"], {name: timed[f"handlers.{name}"] for name in names}
    composing = {name for name, load in found.items() if "css_inline" in load.packages}
    lean = [name for name in names if name not in composing]
    figures = [
        Figure("bundle for AWS", bundle_bytes(Target.aws()), "bytes", aim=Aim(most=BUNDLE_AIM), exact=True),
        Figure("bundle for this machine", bundle_bytes(Target.host()), "bytes", aim=Aim(most=BUNDLE_AIM), exact=True),
        Figure("functions", len(names), exact=True),
        Figure("functions that load libraries for composing", len(composing), exact=True),
        Figure("modules of the median function", median(found[name].modules for name in names), exact=True),
        Figure("bytes of the median function", median(found[name].bytes for name in names), "bytes", exact=True),
        Figure("import of the median function", median(times.values()), "ms", plain=runtime),
        Figure("import of the slowest without composing", max(times[name] for name in lean), "ms", plain=runtime),
        Figure("import of the slowest", max(times.values()), "ms", plain=runtime),
    ]
    functions_ = {
        name: {"modules": load.modules, "bytes": load.bytes, "import_ms_to_boto3": round(times[name] / runtime, 2)}
        for name, load in found.items()
    }
    return Findings(figures, notes={"functions": functions_})
